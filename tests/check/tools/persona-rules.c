/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gio/gio.h>
#include <persona-rules.h>
#include <string.h>

#define RULES "[" \
    "{\"when\": {\"sip.trunkPhoneNumber\": \"+1555*\"}, " \
    "\"persona\": \"trunk.json\"}," \
    "{\"when\": {\"metadata.tenant\": [\"a\", \"b-*\"], " \
    "\"room\": \"demo*\"}, " \
    "\"persona\": \"/etc/demo.json\"}," \
    "{\"when\": {\"metadata.deep.er\": \"7\"}, \"persona\": \"trunk.json\"}," \
    "{\"when\": {\"participant.kind\": \"sip\", \"job\": \"AJ_*\"}, " \
    "\"persona\": \"sip.json\"}," \
    "{\"when\": {\"metadata\": \"plain\"}, \"persona\": \"plain.json\"}" \
    "%s]"
#define LAST ",{\"persona\": \"last.json\"}"

static PersonaRules *
make (const gchar * last)
{
  gchar *text = g_strdup_printf (RULES, last);
  GError *error = NULL;
  PersonaRules *rules = persona_rules_new (text, -1, "/rules", &error);

  g_assert_no_error (error);
  g_free (text);
  return rules;
}

static void
expect (const PersonaFacts * facts, PersonaRulesResult result,
    const gchar * file)
{
  PersonaRules *rules = make (LAST);
  const gchar *persona = NULL;

  g_assert_cmpint (persona_rules_choose (rules, facts, &persona), ==, result);
  g_assert_cmpstr (persona, ==, file);
  persona_rules_free (rules);
}

static void
patterns (void)
{
  static const struct
  {
    const gchar *pattern, *text;
    gboolean fits;
  } cases[] = {
    {"", "", TRUE}, {"", "a", FALSE}, {"*", "", TRUE}, {"*", "abc", TRUE},
    {"a*c", "abc", TRUE}, {"a*c", "ac", TRUE}, {"a*c", "abcd", FALSE},
    {"*b*", "abc", TRUE}, {"*ab", "aab", TRUE}, {"a**b", "ab", TRUE},
    {"+1555*", "+15550100", TRUE}, {"+1555*", "+1556", FALSE},
    {"a", "ab", FALSE}, {"ab", "a", FALSE}, {"a?c", "abc", FALSE},
    {"*aab*aab", "aaabaaab", TRUE},
  };
  gchar *many = g_strnfill (5000, 'a');
  GString *stars = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (persona_rules_fit (cases[i].pattern, cases[i].text), ==,
        cases[i].fits);
  /* Not all ways are tried. */
  for (guint i = 0; i < 2000; i++)
    g_string_append (stars, "*a");
  g_string_append_c (stars, 'b');
  g_assert_false (persona_rules_fit (stars->str, many));
  g_string_free (stars, TRUE);
  g_free (many);
}

static void
first_that_is_true (void)
{
  PersonaFacts facts = {.participant_known = TRUE,.room = "demo-1" };

  facts.attributes = g_hash_table_new (g_str_hash, g_str_equal);
  expect (&facts, PERSONA_RULES_FOUND, "/rules/last.json");
  facts.metadata = "{\"tenant\": \"b-2\"}";
  expect (&facts, PERSONA_RULES_FOUND, "/etc/demo.json");
  facts.room = "other";
  expect (&facts, PERSONA_RULES_FOUND, "/rules/last.json");
  facts.metadata = "{\"tenant\": \"a\", \"deep\": {\"er\": 7}}";
  expect (&facts, PERSONA_RULES_FOUND, "/rules/trunk.json");
  facts.metadata = "plain";
  expect (&facts, PERSONA_RULES_FOUND, "/rules/plain.json");
  facts.metadata = NULL;
  facts.kind = "sip";
  facts.job = "AJ_1";
  expect (&facts, PERSONA_RULES_FOUND, "/rules/sip.json");
  g_hash_table_insert (facts.attributes, (gpointer) "sip.trunkPhoneNumber",
      (gpointer) "+15550100");
  expect (&facts, PERSONA_RULES_FOUND, "/rules/trunk.json");
  g_hash_table_unref (facts.attributes);
}

/* A rule in front that may still become true is waited for; one that cannot is
 * not. */
static void
later (void)
{
  PersonaFacts facts = {.room = "demo",.metadata = "{\"tenant\": \"a\"}" };
  PersonaRules *rules;
  const gchar *persona = "none";
  GError *error = NULL;

  expect (&facts, PERSONA_RULES_LATER, NULL);
  facts.attributes = g_hash_table_new (g_str_hash, g_str_equal);
  g_hash_table_insert (facts.attributes, (gpointer) "sip.trunkPhoneNumber",
      (gpointer) "+44");
  expect (&facts, PERSONA_RULES_FOUND, "/etc/demo.json");
  g_hash_table_unref (facts.attributes);
  rules = persona_rules_new ("[{\"when\": {\"attribute\": \"*\", "
      "\"room\": \"x\"}, \"persona\": \"a\"}]", -1, NULL, &error);
  g_assert_no_error (error);
  facts.attributes = NULL;
  g_assert_cmpint (persona_rules_choose (rules, &facts, &persona), ==,
      PERSONA_RULES_NONE);
  g_assert_cmpstr (persona, ==, "none");
  persona_rules_free (rules);
}

static void
personas (void)
{
  PersonaRules *rules = make ("");
  const gchar **files = persona_rules_get_personas (rules);
  gchar *all = g_strjoinv (" ", (gchar **) files);

  g_assert_cmpstr (all, ==, "/rules/trunk.json /etc/demo.json /rules/sip.json "
      "/rules/plain.json");
  g_free (all);
  g_free (files);
  persona_rules_free (rules);
}

static void
refused (void)
{
  static const gchar *const texts[] = {
    "", "{}", "[1]", "[{}]", "[{\"persona\": 1}]",
    "[{\"persona\": \"a\", \"wehn\": {}}]",
    "[{\"persona\": \"a\", \"when\": []}]",
    "[{\"persona\": \"a\", \"when\": {\"room\": 1}}]",
    "[{\"persona\": \"a\", \"when\": {\"room\": []}}]",
    "[{\"persona\": \"a\", \"when\": {\"room\": [1]}}]",
    "[{\"when\": {\"room\": \"a\"}}]",
  };
  GError *error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_assert_null (persona_rules_new (texts[i], -1, NULL, &error));
    g_assert_nonnull (error);
    g_clear_error (&error);
  }
  g_assert_null (persona_rules_load ("/no/such/file", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
}

static void
expect_variable (const gchar * metadata, const gchar * name,
    const gchar * value)
{
  GHashTable *variables = persona_metadata_variables (metadata);

  g_assert_cmpstr (g_hash_table_lookup (variables, name), ==, value);
  g_hash_table_unref (variables);
}

static void
variables (void)
{
  GString *many = g_string_new ("{\"a\": 1");
  GHashTable *made;
  gchar *longish = g_strnfill (4097, 'x'), *text;

  expect_variable ("{\"a\": {\"b-c\": 1.5}}", "a_b_c", "1.5");
  expect_variable ("{\"a\": \"t\"}", "a", "t");
  expect_variable ("{\"a\": [1, \"b\"]}", "a", "[1,\"b\"]");
  expect_variable ("{\"a\": true}", "a", "true");
  expect_variable ("{\"1a\": true}", "1a", NULL);
  expect_variable ("just text", "metadata", "just text");
  expect_variable ("[1]", "metadata", "[1]");
  expect_variable (NULL, "metadata", NULL);
  expect_variable ("", "metadata", NULL);
  text = g_strdup_printf ("{\"a\": \"%s\", \"b\": \"\"}", longish);
  expect_variable (text, "a", NULL);
  expect_variable (text, "b", "");
  g_free (text);
  for (guint i = 0; i < 100; i++)
    g_string_append_printf (many, ", \"v%u\": 1", i);
  g_string_append_c (many, '}');
  made = persona_metadata_variables (many->str);
  g_assert_cmpuint (g_hash_table_size (made), ==, 64);
  g_hash_table_unref (made);
  g_string_free (many, TRUE);
  g_free (longish);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/persona-rules/patterns", patterns);
  g_test_add_func ("/persona-rules/first", first_that_is_true);
  g_test_add_func ("/persona-rules/later", later);
  g_test_add_func ("/persona-rules/personas", personas);
  g_test_add_func ("/persona-rules/refused", refused);
  g_test_add_func ("/persona-rules/variables", variables);
  return g_test_run ();
}
