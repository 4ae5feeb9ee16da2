/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "stage.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What a language model asks of those before and behind it. */
G_GNUC_INTERNAL gboolean llm_query_arbiter (GstVoiceStage * llm);
G_GNUC_INTERNAL JsonArray *llm_query_tools (GstVoiceStage * llm);
G_GNUC_INTERNAL gboolean llm_query_awaits (GstVoiceStage * llm);

G_END_DECLS
