/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "llm-wire.h"

G_BEGIN_DECLS

/* OpenAI's realtime sessions of speech to speech, as values. */

#define OPENAI_REALTIME_RATE 24000
#define OPENAI_REALTIME_MAX_ID 512

typedef enum
{
  OPENAI_REALTIME_OWN_TURNS,    /* turn_detection is null */
  OPENAI_REALTIME_SERVER_VAD,
  OPENAI_REALTIME_SEMANTIC_VAD,
} OpenaiRealtimeTurns;

typedef struct
{
  gboolean beta;                /* the flat shape, as older services want it */
  const gchar *instructions;    /* nullable */
  const gchar *voice;           /* nullable */
  const gchar *language;        /* nullable: BCP 47, of the transcription */
  const gchar *transcription;   /* nullable: the model that writes down */
  OpenaiRealtimeTurns turns;
  const gchar *eagerness;       /* nullable: of semantic VAD */
  gdouble threshold;            /* of server VAD */
  guint prefix, silence;        /* ms, likewise */
  gboolean interrupts;          /* the caller's voice stops the answer */
  gdouble temperature;          /* beta only; negative: not said */
  gdouble speed;                /* 1: not said */
  guint max_tokens;             /* 0: not said */
  const gchar *tool_choice;     /* nullable */
  JsonArray *tools;             /* nullable: {name, description, parameters} */
  JsonObject *extra;            /* nullable: over the session's members */
} OpenaiRealtimeSettings;

/* What we say. All are (transfer full). */
gchar *openai_realtime_session (const OpenaiRealtimeSettings * settings);
gchar *openai_realtime_append (const gint16 * samples, gsize n);
gchar *openai_realtime_message (const gchar * role, const gchar * text,
    gboolean beta);
gchar *openai_realtime_call (const gchar * call_id, const gchar * name,
    const gchar * arguments);
gchar *openai_realtime_result (const gchar * call_id, const gchar * output);
gchar *openai_realtime_respond (guint ask, const gchar * instructions,
    gboolean no_tools);
gchar *openai_realtime_cancel (const gchar * response);
gchar *openai_realtime_truncate (const gchar * item, guint ms);
gchar *openai_realtime_delete (const gchar * item);
#define OPENAI_REALTIME_COMMIT "{\"type\":\"input_audio_buffer.commit\"}"
#define OPENAI_REALTIME_CLEAR "{\"type\":\"input_audio_buffer.clear\"}"

/* The conversation (chat.h) as events that make it anew; of gchar. */
GPtrArray *openai_realtime_history (JsonArray * messages, gboolean beta);
/* What a tool has answered, as the text that is sent. */
gchar *openai_realtime_output (JsonObject * message);

/* What it says. */
typedef enum
{
  OPENAI_REALTIME_OTHER,
  OPENAI_REALTIME_SESSION,      /* there is one */
  OPENAI_REALTIME_READY,        /* and it is as we want it */
  OPENAI_REALTIME_STARTED,      /* the caller speaks */
  OPENAI_REALTIME_STOPPED,
  OPENAI_REALTIME_COMMITTED,
  OPENAI_REALTIME_HEARD,        /* the words of it */
  OPENAI_REALTIME_UNHEARD,      /* they could not be written down */
  OPENAI_REALTIME_CREATED,      /* an answer begins */
  OPENAI_REALTIME_ITEM,         /* a message of it does */
  OPENAI_REALTIME_WORDS,
  OPENAI_REALTIME_AUDIO,
  OPENAI_REALTIME_CALL,
  OPENAI_REALTIME_DONE,
  OPENAI_REALTIME_ERROR,
} OpenaiRealtimeType;

typedef struct
{
  guint read, read_audio;       /* tokens; read_audio is a part of read */
  guint cached, cached_audio;   /* of them */
  guint written, written_audio;
} OpenaiRealtimeUsage;

typedef struct
{
  OpenaiRealtimeType type;
  gchar *text;                  /* words, or arguments; never NULL */
  gchar *item, *response;       /* nullable */
  gchar *call, *name;           /* nullable: of a tool call */
  gchar *code;                  /* nullable: of an error, or a failed answer */
  gchar *status;                /* nullable: of an answer that is done */
  GBytes *audio;                /* nullable */
  gint64 time;                  /* ms of the sound, or -1 */
  gint64 expires;               /* unix time, or 0 */
  guint ask;                    /* what the answer was asked for by, or 0 */
  OpenaiRealtimeUsage usage;
} OpenaiRealtimeEvent;

OpenaiRealtimeEvent *openai_realtime_event_parse (const gchar * text,
    gsize size);
void openai_realtime_event_free (OpenaiRealtimeEvent * event);

/* What an error of the service means, @usual if it says nothing to us. */
GstVoiceError openai_realtime_error (const gchar * code, GstVoiceError usual);

G_END_DECLS
