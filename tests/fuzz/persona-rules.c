/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Rules for choosing a persona, a NUL, and the metadata of a job.
 */
#include <persona-rules.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 * data, gsize size);

int
LLVMFuzzerTestOneInput (const guint8 * data, gsize size)
{
  gchar *text = g_strndup ((const gchar *) data, size);
  gsize length = strlen (text);
  gchar *metadata = length < size ? g_strndup ((const gchar *) data + length
      + 1, size - length - 1) : g_strdup ("");
  PersonaRules *rules = persona_rules_new (text, length, "/", NULL);
  PersonaFacts facts = {.room = "demo-room",.metadata = metadata };
  GHashTable *variables;
  const gchar *persona;

  if (rules) {
    persona_rules_choose (rules, &facts, &persona);
    facts.participant_known = TRUE;
    facts.kind = "sip";
    if (persona_rules_choose (rules, &facts, &persona) == PERSONA_RULES_LATER)
      g_error ("there is nothing to wait for any more");
    g_free (persona_rules_get_personas (rules));
    persona_rules_free (rules);
  }
  variables = persona_metadata_variables (metadata);
  g_assert_cmpuint (g_hash_table_size (variables), <=, 64);
  g_hash_table_unref (variables);
  g_free (metadata);
  g_free (text);
  return 0;
}
