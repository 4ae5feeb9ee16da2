/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GST_VOICE_JSON_MAX_SIZE:
 *
 * A sensible bound for texts that a person, a model or a service wrote.
 */
#define GST_VOICE_JSON_MAX_SIZE (1024 * 1024)

/**
 * GST_VOICE_JSON_MAX_DEPTH:
 *
 * A sensible bound for the nesting of such texts; a text deeper than 512 is
 * refused whatever the caller allows.
 */
#define GST_VOICE_JSON_MAX_DEPTH 64

/**
 * GstVoiceJsonError:
 * @GST_VOICE_JSON_ERROR_SYNTAX: the text is not JSON (RFC 8259)
 * @GST_VOICE_JSON_ERROR_LIMIT: the text is JSON perhaps, but too long, too
 *   deep, or has a number that no double holds
 */
typedef enum
{
  GST_VOICE_JSON_ERROR_SYNTAX,
  GST_VOICE_JSON_ERROR_LIMIT,
} GstVoiceJsonError;

#define GST_VOICE_JSON_ERROR (gst_voice_json_error_quark ())
GST_VOICE_API GQuark gst_voice_json_error_quark (void);

GST_VOICE_API JsonNode *gst_voice_json_parse (const gchar * text,
    gssize length, gsize max_size, guint max_depth, GError ** error);
GST_VOICE_API gchar *gst_voice_json_to_string (JsonNode * node);
GST_VOICE_API void gst_voice_json_append_string (GString * out,
    const gchar * text);
GST_VOICE_API void gst_voice_json_append_number (GString * out,
    gdouble number);
GST_VOICE_API JsonNode *gst_voice_json_copy (JsonNode * node);

GST_VOICE_API gboolean gst_voice_json_locate (const gchar * text,
    gssize length, const gchar * pointer, guint * line, guint * column);
GST_VOICE_API JsonNode *gst_voice_json_at (JsonNode * root,
    const gchar * pointer);
GST_VOICE_API void gst_voice_json_pointer_append (GString * pointer,
    const gchar * name);

GST_VOICE_API gint gst_voice_json_compare_numbers (JsonNode * a, JsonNode * b);
GST_VOICE_API gboolean gst_voice_json_equal (JsonNode * a, JsonNode * b);
GST_VOICE_API guint gst_voice_json_hash (JsonNode * node);

GST_VOICE_API const gchar *gst_voice_json_closest (const gchar * word,
    const gchar * const *candidates);

G_END_DECLS
