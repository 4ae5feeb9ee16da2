/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* What the messages of speech services have in common. Whatever is
 * asked for may be missing, and what makes no sense is missing. */

/* Times are nanoseconds since the first sample of the connection, or of the
 * sentence that is spoken. */
#define SPEECH_NO_TIME ((gint64) -1)

typedef struct
{
  gchar *text;                  /* as in the transcript */
  guint offset, length;         /* of it there, in characters */
  gint64 start, end;
} SpeechWord;

/* Where a word's text stands, the better first; of how many seconds its times
 * are. */
typedef struct
{
  const gchar *text, *or_text;  /* (nullable): or_text */
  gdouble unit;
} SpeechWordForm;

/* Sound comes in base64: half a minute of it. */
#define SPEECH_WIRE_MAX_SOUND (4 * 1024 * 1024)

JsonNode *speech_wire_parse (const gchar * text, gsize size, gsize most,
    GError ** error);

JsonObject *speech_wire_object (JsonNode * node);
JsonNode *speech_wire_member (JsonObject * object, const gchar * name);
JsonNode *speech_wire_element (JsonNode * node, guint i);
const gchar *speech_wire_text (JsonNode * node);
const gchar *speech_wire_string (JsonObject * object, const gchar * name);
gboolean speech_wire_flag (JsonObject * object, const gchar * name);
gdouble speech_wire_value (JsonNode * node);
gdouble speech_wire_number (JsonObject * object, const gchar * name);
gdouble speech_wire_probability (JsonObject * object, const gchar * name);
guint speech_wire_type (JsonObject * object, const gchar * const *names,
    guint n);
gchar *speech_wire_identifier (const gchar * text);
gint64 speech_wire_time (gdouble seconds);

GArray *speech_wire_words_new (void);
void speech_wire_take_words (GArray * words, const gchar * transcript,
    JsonNode * array, const SpeechWordForm * form);

GBytes *speech_wire_sound (const gchar * base64);

void speech_wire_append_query (GString * out, const gchar * name,
    const gchar * value);
