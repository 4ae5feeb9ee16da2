/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "speech-wire.h"

/* OpenAI's transcription, as values: its realtime sessions, and the endpoint
 * for files. */

#define OPENAI_STT_RATE 24000

typedef enum
{
  OPENAI_STT_SERVER_VAD,
  OPENAI_STT_SEMANTIC_VAD,
  OPENAI_STT_NO_VAD,
} OpenaiSttVad;

typedef struct
{
  const gchar *model;
  const gchar *language;        /* (nullable): BCP 47, or `multi` */
  const gchar *key_terms;       /* (nullable): separated by `|` */
  OpenaiSttVad vad;
  const gchar *eagerness;       /* of semantic VAD */
  gdouble threshold;            /* of server VAD */
  guint prefix, silence;        /* ms, likewise */
} OpenaiSttSettings;

typedef enum
{
  OPENAI_STT_OTHER,
  OPENAI_STT_SESSION,           /* there is one */
  OPENAI_STT_READY,             /* and it is as we want it */
  OPENAI_STT_STARTED,
  OPENAI_STT_STOPPED,
  OPENAI_STT_COMMITTED,
  OPENAI_STT_DELTA,
  OPENAI_STT_COMPLETED,
  OPENAI_STT_FAILED,
  OPENAI_STT_ERROR,
} OpenaiSttType;

typedef struct
{
  OpenaiSttType type;
  gchar *text;                  /* delta, transcript or error; never NULL */
  gchar *item, *previous;       /* (nullable) */
  gchar *code;                  /* (nullable): of an error */
  gchar *language;              /* (nullable): where it is recognised */
  gint64 time;                  /* in the sound, or SPEECH_NO_TIME */
  gint64 expires;               /* unix time, or 0 */
} OpenaiSttEvent;

gchar *openai_stt_session (const OpenaiSttSettings * settings);
gchar *openai_stt_append (const gint16 * samples, gsize n);
OpenaiSttEvent *openai_stt_event_parse (const gchar * text, gsize size,
    GError ** error);
void openai_stt_event_free (OpenaiSttEvent * event);

GBytes *openai_stt_form (const OpenaiSttSettings * settings,
    const gint16 * samples, gsize n, guint rate, const gchar * boundary);
gchar *openai_stt_answer_parse (const gchar * text, gsize size,
    gchar ** language, GError ** error);
gchar *openai_stt_error_code (const gchar * body);
