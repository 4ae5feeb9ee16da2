/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include <gst-voice/error.h>

/* OpenAI's `/audio/speech`, as values: what is asked for, and the samples of
 * what comes. */

typedef struct
{
  const gchar *model;
  const gchar *voice;
  const gchar *input;
  const gchar *instructions;    /* (nullable) */
  gdouble speed;                /* 1: not said */
  JsonObject *extra;            /* (nullable): over all that; null removes */
} OpenaiSpeech;

gchar *openai_speech_to_json (const OpenaiSpeech * speech);

/* The sound of one sentence, piece by piece as it comes. */
typedef struct _OpenaiSound OpenaiSound;

OpenaiSound *openai_sound_new (void);
void openai_sound_free (OpenaiSound * sound);

/* A piece of the body; or an event, where they are sent. Returns the whole
 * samples that are new, which may be none; NULL if it is no sound. */
GBytes *openai_sound_take (OpenaiSound * sound, GBytes * piece,
    GError ** error);
GBytes *openai_sound_event (OpenaiSound * sound, const gchar * text,
    gsize size, GError ** error);
/* Of the samples that have come. */
guint openai_sound_rate (const OpenaiSound * sound);
guint64 openai_sound_samples (const OpenaiSound * sound);
