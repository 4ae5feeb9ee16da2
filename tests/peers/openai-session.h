/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

/* The session object of OpenAI's realtime sockets. */
JsonNode *openai_session_new (gboolean transcription, const gchar * model,
    guint number);
/* Members that are objects are changed, all others replaced. */
void openai_session_change (JsonObject * session, JsonObject * change);
