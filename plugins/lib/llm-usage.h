/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "llm.h"

G_BEGIN_DECLS

G_GNUC_INTERNAL const gchar *llm_provider_of (GstVoiceLlm * self);
G_GNUC_INTERNAL void llm_report_usage (GstVoiceLlm * self,
    const gchar * provider, guint turn, const GstVoiceLlmUsage * usage,
    gboolean estimated);

G_END_DECLS
