/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Any text as a candidate of the other side; what is found useful goes to
 * libnice, which must not complain of it.
 */
#include <agent.h>
#include <ice-candidate.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput (const uint8_t * data, size_t size);

static void
give_to_libnice (const gchar * line)
{
  static NiceAgent *agent;
  gchar *attribute = g_strconcat ("a=", line, NULL);
  NiceCandidate *candidate;

  if (!agent) {
    agent = nice_agent_new (NULL, NICE_COMPATIBILITY_RFC5245);
    nice_agent_add_stream (agent, 1);
    g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  }
  candidate = nice_agent_parse_remote_candidate_sdp (agent, 1, attribute);
  if (!candidate)
    g_error ("libnice does not take it: %s", line);
  nice_candidate_free (candidate);
  g_free (attribute);
}

int
LLVMFuzzerTestOneInput (const uint8_t * data, size_t size)
{
  gchar *line = g_strndup ((const gchar *) data, size);

  if (ice_candidate_is_useful (line, TRUE))
    give_to_libnice (line);
  ice_candidate_is_useful (line, FALSE);
  g_free (ice_candidate_without_related (line));
  g_free (line);
  return 0;
}
