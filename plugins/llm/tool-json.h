/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/schema.h>

G_BEGIN_DECLS

/* What the model may be told at once, and what it may tell a tool. */
#define TOOL_RESULT_SIZE (64 * 1024)
#define TOOL_ARGUMENTS_SIZE (64 * 1024)

JsonNode *tool_error_new (const gchar * code, const gchar * message);
JsonNode *tool_arguments_read (const gchar * text, GstVoiceSchema * schema,
    JsonNode ** refusal);
JsonNode *tool_body_read (const gchar * body, gsize size,
    const gchar * content_type);
gchar *tool_body_complaint (const gchar * body);
GPtrArray *tool_result_placeholders (JsonNode * result);
JsonNode *tool_result_fill_in (JsonNode * result, JsonNode * arguments);
gboolean tool_json_contains (JsonNode * node, JsonNode * part);
gchar *tool_result_to_text (JsonNode * result, gsize size);

G_END_DECLS
