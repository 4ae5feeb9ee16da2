/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "language.h"

typedef struct _Speakable Speakable;

/* What a spoken word stands for, in characters of the whole reply. */
typedef struct
{
  gsize offset;
  gsize length;
} SpeakableWord;

typedef enum
{
  SPEAKABLE_SENTENCE,           /* ends with a sentence or paragraph */
  SPEAKABLE_CLAUSE,             /* the first clause of a speech */
  SPEAKABLE_PART                /* cut for its length, or by a flush */
} SpeakableEnd;

typedef struct
{
  gchar *text;                  /* for the ear; may be empty */
  gchar *source;                /* what was written, to the letter */
  gsize offset;                 /* of the source, in characters of the reply */
  gsize length;                 /* of the source, in characters */
  SpeakableWord *words;         /* one for each word of the text */
  guint n_words;
  SpeakableEnd end;
} SpeakableChunk;

Speakable *speakable_new (Language * language);
void speakable_free (Speakable * speakable);
gboolean speakable_set_lexicon (Speakable * speakable, GHashTable * words,
    GError ** error);
void speakable_set_max_chars (Speakable * speakable, guint max_chars);
void speakable_set_clause_words (Speakable * speakable, guint words);
void speakable_push (Speakable * speakable, const gchar * token, gssize length);
gboolean speakable_pull (Speakable * speakable, SpeakableChunk * chunk);
void speakable_flush_pending (Speakable * speakable);
void speakable_finish (Speakable * speakable);
void speakable_reset (Speakable * speakable);
void speakable_chunk_clear (SpeakableChunk * chunk);
