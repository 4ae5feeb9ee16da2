/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The mouth without its clock: speeches wait in line, frames are taken out one
 * at a time, and at any moment it is known which words have been heard.
 *
 * Positions and times are samples of the output rate. A speech is heard
 * complete at the first frame after its last sample, so what is told of a frame
 * is true at the moment when that frame begins to play.
 *
 * The far end may be absent: then no speech begins. And it may be late: then
 * words and what was heard of a speech that is cut lag behind what was played.
 * When a speech begins and that it was played to its end is told without delay.
 *
 * Not thread-safe: the element's lock guards it. */

typedef struct _PlayoutCore PlayoutCore;

/* What a speech is. */
typedef struct
{
  guint speech, turn, generation;
  gboolean interruptible;
  gboolean gated;               /* not to be heard before playout_core_open() */
} PlayoutSpeech;

/* A spoken word: when it is heard in its sentence, and which characters of the
 * speech it stands for. */
typedef struct
{
  guint64 start, end;           /* samples since the first of the sentence */
  guint offset, length;         /* characters of the written speech */
} PlayoutWord;

/* What the first samples of a sentence bring with them. */
typedef struct
{
  const gchar *written;         /* verbatim, what comes next of the speech */
  guint offset, length;         /* in characters of the speech */
  const PlayoutWord *words;     /* may be NULL: then times are estimated */
  guint n_words;
} PlayoutSentence;

typedef enum
{
  PLAYOUT_PLAYING,              /* its first sample is in this frame */
  PLAYOUT_WORDS,                /* more words have been heard */
  PLAYOUT_HEARD,                /* it is over */
  PLAYOUT_UNDERRUN,             /* a silence in the middle of it has ended */
  PLAYOUT_KEYS,                 /* what was to be said before these keys is */
} PlayoutNoteKind;

typedef struct
{
  PlayoutNoteKind kind;
  PlayoutSpeech speech;
  gchar *text;                  /* heard so far, as written (WORDS, HEARD) */
  gchar *rest;                  /* written and not heard (HEARD) */
  gboolean complete;            /* HEARD */
  guint64 position;             /* samples heard of it; played (UNDERRUN) */
  guint64 lasted;               /* UNDERRUN: samples of silence */
  gchar *keys;                  /* KEYS */
} PlayoutNote;

PlayoutCore *playout_core_new (guint rate, guint frame);
void playout_core_free (PlayoutCore * core);

gboolean playout_core_begin (PlayoutCore * core, const PlayoutSpeech * speech);
void playout_core_add_words (PlayoutCore * core, guint id,
    const PlayoutWord * words, guint n);
void playout_core_add (PlayoutCore * core, guint speech,
    const gint16 * samples, gsize n, const PlayoutSentence * sentence);
void playout_core_end (PlayoutCore * core, guint speech);
void playout_core_open (PlayoutCore * core, guint turn);
void playout_core_add_keys (PlayoutCore * core, const gchar * keys);

void playout_core_set_far (PlayoutCore * core, gboolean open, guint64 delay);
void playout_core_hold (PlayoutCore * core);
void playout_core_resume (PlayoutCore * core);
typedef gboolean (*PlayoutKeep) (const PlayoutSpeech * speech, gpointer data);
void playout_core_cut (PlayoutCore * core, PlayoutKeep keep, gpointer data);

void playout_core_skip (PlayoutCore * core, guint speech);

gboolean playout_core_frame (PlayoutCore * core, gint16 * out);
gboolean playout_core_has_work (PlayoutCore * core);
gboolean playout_core_is_unheard (PlayoutCore * core);
guint64 playout_core_ahead (PlayoutCore * core);
guint playout_core_underruns (PlayoutCore * core);

PlayoutNote *playout_core_next_note (PlayoutCore * core);
void playout_note_free (PlayoutNote * note);
