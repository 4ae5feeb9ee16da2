/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "speech-wire.h"

#include <gst-voice/error.h>

/* AssemblyAI's streaming protocol, version 3, as values: what is asked for,
 * what comes. */

typedef struct
{
  const gchar *model;           /* `universal-streaming`: by the language */
  const gchar *language;        /* (nullable): BCP 47, or `multi` */
  guint rate;
  const gchar *key_terms;       /* (nullable): separated by `|` */
  gboolean format_turns;
  gdouble end_of_turn_confidence;       /* negative: the service's own */
  guint min_turn_silence, max_turn_silence;     /* ms, 0: the service's own */
  const gchar *extra;           /* (nullable): more of the query, as it is */
} AssemblyaiSettings;

typedef enum
{
  ASSEMBLYAI_OTHER,
  ASSEMBLYAI_BEGIN,
  ASSEMBLYAI_TURN,
  ASSEMBLYAI_TERMINATION,
  ASSEMBLYAI_WARNING,
  ASSEMBLYAI_ERROR,
} AssemblyaiType;

typedef struct
{
  AssemblyaiType type;
  gchar *text;                  /* all that is known of the turn, or the
                                 * error's; never NULL */
  guint turn;
  gboolean end_of_turn, formatted;
  gdouble end_of_turn_confidence;       /* 0 to 1, or negative */
  gdouble confidence;           /* of the words on average, or negative */
  gchar *language;              /* (nullable): where it is recognised */
  GArray *words;                /* of SpeechWord */
  gchar *session;               /* (nullable): what it is called */
  gint64 expires;               /* unix time, or 0 */
} AssemblyaiMessage;

gchar *assemblyai_path (const AssemblyaiSettings * settings, guint * left_out);
AssemblyaiMessage *assemblyai_message_parse (const gchar * text, gsize size,
    GError ** error);
void assemblyai_message_free (AssemblyaiMessage * message);
gboolean assemblyai_close_error (guint code, const gchar * reason,
    GstVoiceError * error, const gchar ** what);
