/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/description.h>
#include <gst-voice/json.h>
#include <gst-voice/schema.h>

G_BEGIN_DECLS

/**
 * GstVoicePersona:
 *
 * Who takes a call: a JSON file, read and checked (`docs/persona.md`). It never
 * changes, so any number of threads may read it.
 *
 * Places in it are named by paths with dots, such as
 * `limits.inactivity.timeout`. What the schema has a default for is there even
 * if the file does not have it; texts that the file takes from other files are
 * there as texts; `welcome-message` is always an object.
 */
typedef struct _GstVoicePersona GstVoicePersona;

/**
 * GstVoiceToolKind:
 * @GST_VOICE_TOOL_BUILTIN: acts on the call; its name says what it does
 * @GST_VOICE_TOOL_STATIC: always the same result
 * @GST_VOICE_TOOL_HTTP: asks a service
 */
typedef enum
{
  GST_VOICE_TOOL_BUILTIN,
  GST_VOICE_TOOL_STATIC,
  GST_VOICE_TOOL_HTTP,
} GstVoiceToolKind;

/**
 * GstVoiceToolAccess:
 * @GST_VOICE_TOOL_READ: changes nothing
 * @GST_VOICE_TOOL_WRITE: changes something that cannot be taken back
 */
typedef enum
{
  GST_VOICE_TOOL_READ,
  GST_VOICE_TOOL_WRITE,
} GstVoiceToolAccess;

/**
 * GstVoicePersonaTool:
 * @name: unique in the persona
 * @description: (nullable): for the model; %NULL for a builtin tool's own
 * @parameters: (nullable): JSON Schema of the arguments; %NULL if there are
 *   none, or a builtin tool's own
 * @schema: (nullable): @parameters, compiled, formats asserted
 * @kind: what it does
 * @access: what that changes; builtin tools have their own
 * @timeout: in seconds; negative if the persona does not say
 * @filler: (nullable): what is said while it is slow; empty for nothing, %NULL
 *   if the persona does not say
 * @filler_after: in seconds; negative if the persona does not say
 * @result: (nullable): of a static tool
 * @delay: of a static tool, in seconds
 * @url: (nullable): of an http tool
 * @method: (nullable): of an http tool
 * @headers: (nullable): of an http tool; `env:` and `file:` stay as they are
 * @idempotency: of an http tool: whether to send a key
 * @retry: of an http tool: how often a lost request is sent again; negative if
 *   the persona does not say
 * @status_url: (nullable): of an http tool that writes: where to ask whether it
 *   was done
 * @sign: (nullable): of an http tool: `secret` and perhaps `header`
 *
 * A tool. Everything in it belongs to the persona.
 */
typedef struct
{
  const gchar *name;
  const gchar *description;
  JsonNode *parameters;
  GstVoiceSchema *schema;
  GstVoiceToolKind kind;
  GstVoiceToolAccess access;
  gdouble timeout;
  const gchar *filler;
  gdouble filler_after;
  JsonNode *result;
  gdouble delay;
  const gchar *url;
  const gchar *method;
  JsonObject *headers;
  gboolean idempotency;
  gint retry;
  const gchar *status_url;
  JsonObject *sign;
} GstVoicePersonaTool;

#define GST_TYPE_VOICE_PERSONA (gst_voice_persona_get_type ())
GST_VOICE_API GType gst_voice_persona_get_type (void);

GST_VOICE_API GstVoicePersona *gst_voice_persona_load (const gchar * path,
    GError ** error);
GST_VOICE_API GstVoicePersona *gst_voice_persona_new_from_json (const gchar *
    text, gssize length, const gchar * origin, const gchar * base_dir,
    GError ** error);
GST_VOICE_API GstVoicePersona *gst_voice_persona_new_from_tools (const
    gchar * text, gssize length, const gchar * origin, const gchar * base_dir,
    GError ** error);
GST_VOICE_API gboolean gst_voice_persona_check (const gchar * path,
    GPtrArray ** problems);
GST_VOICE_API GstVoicePersona *gst_voice_persona_ref (GstVoicePersona *
    persona);
GST_VOICE_API void gst_voice_persona_unref (GstVoicePersona * persona);

GST_VOICE_API const gchar *gst_voice_persona_get_pipeline (GstVoicePersona *
    persona);
GST_VOICE_API GPtrArray *gst_voice_persona_get_tools (GstVoicePersona *
    persona);
GST_VOICE_API const GstVoicePersonaTool *gst_voice_persona_get_tool
    (GstVoicePersona * persona, const gchar * name);

GST_VOICE_API JsonNode *gst_voice_persona_get_node (GstVoicePersona * persona,
    const gchar * path);
GST_VOICE_API const gchar *gst_voice_persona_get_string (GstVoicePersona *
    persona, const gchar * path);
GST_VOICE_API gint64 gst_voice_persona_get_int (GstVoicePersona * persona,
    const gchar * path, gint64 fallback);
GST_VOICE_API gdouble gst_voice_persona_get_double (GstVoicePersona * persona,
    const gchar * path, gdouble fallback);
GST_VOICE_API gboolean gst_voice_persona_get_bool (GstVoicePersona * persona,
    const gchar * path, gboolean fallback);

GST_VOICE_API gchar *gst_voice_persona_get_value (GstVoicePersona * persona,
    const gchar * name);
GST_VOICE_API gchar *gst_voice_persona_expand (GstVoicePersona * persona,
    const gchar * text, GDateTime * now, GstVoiceDescriptionLookup lookup,
    gpointer user_data, GPtrArray ** unknown);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstVoicePersona, gst_voice_persona_unref)

G_END_DECLS
