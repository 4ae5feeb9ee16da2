/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "../lib/provider-scene.h"
#include "provider-peer.h"

#include <gst/check/gstharness.h>

/* A synthesiser over a stand-in, and all that came out of it. */

#define SCENE_KEY "Zx81hush"

typedef struct
{
  ProviderPeer *peer;
  GstElement *tts;
  GstHarness *h;
  GstBus *bus;

  GMutex lock;
  GCond changed;
  /* lock */
  GByteArray *sound;            /* S16LE */
  gsize first;                  /* bytes of the first buffer with sound */
  GString *words;               /* text@from-to[offset+length], in ms */
  GString *log;                 /* S(peech)| E(nd of it)| EOS| */
  GArray *came_us;              /* of gint64: when each sound came */
  GError *failure;              /* the first that was posted */
} TtsScene;

typedef struct
{
  const gchar *fault;
  guint after;
  const gchar *code;            /* of the error */
} SceneFault;

/* With a stand-in that wants the key; before the element connects it has that
 * fault, if any, @times times. */
void scene_open (TtsScene * scene, const gchar * element, const gchar * more);
void scene_open_faulty (TtsScene * scene, const gchar * element,
    const gchar * more, const gchar * fault, guint times, guint after);
void scene_open_persona (TtsScene * scene, const gchar * element,
    const gchar * language, const gchar * voice);
void scene_begin_peer (TtsScene * scene, const ProviderPeerSettings * settings);
void scene_begin (TtsScene * scene, const gchar * element, const gchar * more,
    GstContext * context);
void scene_end (TtsScene * scene);

void scene_say (TtsScene * scene, const gchar * text, guint generation);
void scene_interrupt (TtsScene * scene, guint generation);
void scene_finish (TtsScene * scene);
void scene_wait (TtsScene * scene, const gchar * in_log);
void scene_wait_sound (TtsScene * scene, gsize bytes);
void scene_wait_sentences (TtsScene * scene, guint n);

/* The sound is what the stand-in speaks for these words. */
void scene_assert_sound (TtsScene * scene, const gchar * words, guint rate);
gsize scene_word_size (guint rate);
/* The next usage tells so many characters of that model. */
void scene_assert_usage (TtsScene * scene, const gchar * model, guint n);
void scene_assert_words (TtsScene * scene, const gchar * words);
void scene_assert_fails (TtsScene * scene, const gchar * code);
GstStructure *scene_pop (TtsScene * scene, const gchar * message);

/* @n words are heard of a sentence before it is cut; or none, but it has been
 * asked for with message @asked. */
void scene_cut (TtsScene * scene, guint n, guint asked);
/* The second over a connection that may have died. */
void scene_say_two (TtsScene * scene);

/* What holds for all of them. */
void scene_assert_faults (const gchar * element, const SceneFault * faults,
    guint n);
void scene_assert_stops (const gchar * element);
void scene_assert_interruption (const gchar * element, const gchar * words);
void scene_assert_reconnects (const gchar * element);
/* From the stand-in's first piece to our first buffer, the median of 20. */
void scene_measure (const gchar * element);
