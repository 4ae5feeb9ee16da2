/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a language model has used, for the record: of a request that was
 * answered, and of one that was cut off.
 *
 * Threads: the stage's task. Locks: none.
 */
#include "llm-usage.h"

#include "events.h"

const gchar *
llm_provider_of (GstVoiceLlm * self)
{
  return gst_voice_stage_provider (GST_VOICE_STAGE (self));
}

void
llm_report_usage (GstVoiceLlm * self, const gchar * provider, guint turn,
    const GstVoiceLlmUsage * usage, gboolean estimated)
{
  gst_voice_stage_report (GST_VOICE_STAGE (self),
      gst_voice_structure_new ("usage", "provider", provider,
          "model", usage->model, "tokens-in", usage->tokens_in,
          "tokens-cached", usage->tokens_cached,
          "tokens-out", usage->tokens_out, "cost", usage->cost,
          "estimated", estimated, "turn", turn, NULL));
}

/**
 * gst_voice_llm_spent:
 * @llm: a model; to be called in the task
 * @turn: which the request was for
 * @usage: what it has used
 * @estimated: the service has not told it
 *
 * A request that is cancelled or has failed is paid for as far as it has come.
 * What has used nothing is not told.
 */
void
gst_voice_llm_spent (GstVoiceLlm * llm, guint turn,
    const GstVoiceLlmUsage * usage, gboolean estimated)
{
  if (usage->tokens_in > 0 || usage->tokens_out > 0 || usage->cost > 0)
    llm_report_usage (llm, llm_provider_of (llm), turn, usage, estimated);
}
