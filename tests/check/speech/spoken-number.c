/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The rules that put numbers into words: their parts, what is refused, and
 * that rules without an end have one.
 */
#include <spoken-number.h>

static NumberRules *
rules_of (const gchar * set, const gchar * const *lines)
{
  NumberRules *rules = number_rules_new ();

  for (guint i = 0; lines[i]; i++)
    g_assert_true (number_rules_add (rules, set, lines[i], NULL));
  return rules;
}

static void
assert_spelled (const NumberRules * rules, const gchar * set, guint64 value,
    const gchar * expected)
{
  GString *out = g_string_new (NULL);

  g_assert_true (number_rules_spell (rules, set, value, out));
  g_assert_cmpstr (out->str, ==, expected);
  g_string_free (out, TRUE);
}

static void
parts (void)
{
  static const gchar *const lines[] = { "zero", "one", "two", "3: many",
    "20: twenty[->>]", "100/100: <<c>x>", "10000: << wan[ >>]", NULL
  };
  NumberRules *rules = rules_of ("n", lines);

  g_assert_true (number_rules_add (rules, "x", "none", NULL));
  g_assert_true (number_rules_add (rules, "x", "1:  =n=", NULL));
  g_assert_true (number_rules_check (rules, NULL));
  g_assert_true (number_rules_has (rules, "x"));
  g_assert_false (number_rules_has (rules, "y"));
  assert_spelled (rules, "n", 0, "zero");
  assert_spelled (rules, "n", 2, "two");
  assert_spelled (rules, "n", 3, "many");
  assert_spelled (rules, "n", 19, "many");
  assert_spelled (rules, "n", 20, "twenty");
  assert_spelled (rules, "n", 22, "twenty-two");
  assert_spelled (rules, "n", 200, "twocnone");
  assert_spelled (rules, "n", 1202, "manyc two");
  assert_spelled (rules, "n", 20001, "two wan one");
  number_rules_free (rules);
}

static void
refused (void)
{
  static const gchar *const lines[] = { "5: five", NULL };
  static const gchar *const wrong[] = { "5: again", "4: back", "7/1: radix",
    "7/: radix", "7", "7x: base"
  };
  NumberRules *rules = rules_of ("n", lines);

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    GError *error = NULL;

    g_assert_false (number_rules_add (rules, "n", wrong[i], &error));
    g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL);
    g_error_free (error);
  }
  number_rules_free (rules);
}

static void
no_words (void)
{
  static const gchar *const lines[] = { "5: five", NULL };
  static const gchar *const endless[] = { "=n==n=", "1: << <<", NULL };
  NumberRules *rules = rules_of ("n", lines);
  GString *out = g_string_new ("before");

  g_assert_false (number_rules_spell (rules, "n", 4, out));
  g_assert_false (number_rules_spell (rules, "nosuch", 4, out));
  g_assert_cmpstr (out->str, ==, "before");
  number_rules_free (rules);

  rules = rules_of ("n", endless);
  g_assert_false (number_rules_check (rules, NULL));
  g_assert_false (number_rules_spell (rules, "n", 0, out));
  g_assert_false (number_rules_spell (rules, "n", G_MAXUINT64, out));
  g_assert_cmpstr (out->str, ==, "before");
  number_rules_free (rules);
  g_string_free (out, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spoken-number/parts", parts);
  g_test_add_func ("/spoken-number/refused", refused);
  g_test_add_func ("/spoken-number/no-words", no_words);
  return g_test_run ();
}
