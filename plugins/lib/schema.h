/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <gst-voice/visibility.h>

G_BEGIN_DECLS

/**
 * GstVoiceSchema:
 *
 * A compiled JSON Schema (draft 2020-12, the part that function schemas use;
 * `docs/schema.md` has the table). It never changes, so any number of threads
 * may validate with it at the same time.
 */
typedef struct _GstVoiceSchema GstVoiceSchema;

/**
 * GstVoiceSchemaFlags:
 * @GST_VOICE_SCHEMA_NONE: `format` is an annotation, as the standard has it
 * @GST_VOICE_SCHEMA_FORMATS: `format` is an assertion for date, time,
 *   date-time, email, hostname, ipv4, ipv6, uri and uuid
 */
typedef enum
{
  GST_VOICE_SCHEMA_NONE = 0,
  GST_VOICE_SCHEMA_FORMATS = 1 << 0,
} GstVoiceSchemaFlags;

/**
 * GstVoiceSchemaProblem:
 * @pointer: JSON Pointer to the place in the value (in the schema itself, if it
 *   could not be compiled); empty for the whole
 * @keyword: the keyword that is not fulfilled, such as `required`
 * @message: what is wrong, in words that help to mend it
 * @expected: what would be right, short, such as `a string`; may be empty
 */
typedef struct
{
  const gchar *pointer;
  const gchar *keyword;
  const gchar *message;
  const gchar *expected;
} GstVoiceSchemaProblem;

#define GST_TYPE_VOICE_SCHEMA (gst_voice_schema_get_type ())
GST_VOICE_API GType gst_voice_schema_get_type (void);

GST_VOICE_API GstVoiceSchema *gst_voice_schema_new (JsonNode * node,
    GstVoiceSchemaFlags flags, GError ** error);
GST_VOICE_API GstVoiceSchema *gst_voice_schema_compile (JsonNode * node,
    GstVoiceSchemaFlags flags, GPtrArray ** problems);
GST_VOICE_API GstVoiceSchema *gst_voice_schema_ref (GstVoiceSchema * schema);
GST_VOICE_API void gst_voice_schema_unref (GstVoiceSchema * schema);

GST_VOICE_API gboolean gst_voice_schema_validate (GstVoiceSchema * schema,
    JsonNode * instance, GPtrArray ** problems);
GST_VOICE_API void gst_voice_schema_fill_defaults (GstVoiceSchema * schema,
    JsonNode * instance);

GST_VOICE_API gchar *gst_voice_schema_problem_to_string (const
    GstVoiceSchemaProblem * problem);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVoiceSchema, gst_voice_schema_unref)
    G_END_DECLS
