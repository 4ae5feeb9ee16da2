/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Whole numbers in words, by rules that are data: a subset of the rule-based
 * number formats of Unicode's CLDR, so that its tables can be carried over.
 *
 * A set is a list of rules in rising order of their base. The rule with the
 * greatest base that is not above the number applies. Its divisor is the
 * greatest power of its radix (10) that is not above its base.
 *
 *   "one"                a rule without a base has the one before plus one
 *   "20: twenty[->>]"    from 20 on
 *   "1100/100: <<->end>" from 1100 on, with the radix 100
 *
 * `<<` is the number divided by the divisor, `>>` the remainder, both in words
 * of the same set; `<set<`, `>set>` in those of another; `=set=` is the number
 * itself in words of another. What stands in [ ] is left out if the remainder
 * is zero. German: "20: [>ein>und]zwanzig".
 *
 * Threads: a rule set is not changed any more once it is used. Locks: none.
 */
#include "spoken-number.h"

#include <string.h>

/* A set that refers to itself without end stops here. */
#define DEPTH_MAX 24
#define LENGTH_MAX 1024

typedef struct
{
  guint64 base;
  guint64 divisor;
  gchar *body;
} NumberRule;

struct _NumberRules
{
  GHashTable *sets;             /* name → GArray of NumberRule */
};

static void
number_rule_clear (NumberRule * rule)
{
  g_free (rule->body);
}

/**
 * number_rules_new:
 *
 * Returns: (transfer full): no rules yet
 */
NumberRules *
number_rules_new (void)
{
  NumberRules *rules = g_new0 (NumberRules, 1);

  rules->sets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      (GDestroyNotify) g_array_unref);
  return rules;
}

/**
 * number_rules_free:
 * @rules: (transfer full): rules
 */
void
number_rules_free (NumberRules * rules)
{
  g_hash_table_unref (rules->sets);
  g_free (rules);
}

/* Reads `BASE: ` or `BASE/RADIX: `; text that begins with no digit has none. */
static const gchar *
read_base (const gchar * text, NumberRule * rule, guint64 * radix)
{
  gchar *end;

  *radix = 10;
  if (!g_ascii_isdigit (*text))
    return text;
  rule->base = g_ascii_strtoull (text, &end, 10);
  if (*end == '/')
    *radix = g_ascii_strtoull (end + 1, &end, 10);
  if (*end != ':' || *radix < 2)
    return NULL;
  return end[1] == ' ' ? end + 2 : end + 1;
}

static guint64
greatest_power (guint64 radix, guint64 limit)
{
  guint64 power = 1;

  while (power <= limit / radix)
    power *= radix;
  return power;
}

/**
 * number_rules_add:
 * @rules: rules
 * @set: the name of a set
 * @rule: the next rule of it
 * @error: what is wrong with it
 *
 * Returns: %FALSE if the rule cannot be read or is out of order
 */
gboolean
number_rules_add (NumberRules * rules, const gchar * set, const gchar * rule,
    GError ** error)
{
  GArray *list = g_hash_table_lookup (rules->sets, set);
  NumberRule new = { 0, 1, NULL };
  const gchar *body;
  guint64 radix;

  if (!list) {
    list = g_array_new (FALSE, FALSE, sizeof (NumberRule));
    g_array_set_clear_func (list, (GDestroyNotify) number_rule_clear);
    g_hash_table_insert (rules->sets, g_strdup (set), list);
  }
  if (list->len > 0)
    new.base = g_array_index (list, NumberRule, list->len - 1).base + 1;
  body = read_base (rule, &new, &radix);
  if (!body || (list->len > 0 &&
          new.base <= g_array_index (list, NumberRule, list->len - 1).base)) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
        "rules: %s: cannot use “%s”", set, rule);
    return FALSE;
  }
  if (new.base > 0)
    new.divisor = greatest_power (radix, new.base);
  new.body = g_strdup (body);
  g_array_append_val (list, new);
  return TRUE;
}

static const NumberRule *
find_rule (const GArray * set, guint64 value)
{
  guint low = 0, high = set->len;

  while (low < high) {
    guint middle = (low + high) / 2;

    if (g_array_index (set, NumberRule, middle).base <= value)
      low = middle + 1;
    else
      high = middle;
  }
  return low > 0 ? &g_array_index (set, NumberRule, low - 1) : NULL;
}

/* The name between two marks; the text behind, or NULL if one is missing. */
static const gchar *
read_name (const gchar * p, gchar * name, gsize size)
{
  const gchar *end = strchr (p + 1, *p);

  if (!end || (gsize) (end - p - 1) >= size)
    return NULL;
  memcpy (name, p + 1, end - p - 1);
  name[end - p - 1] = '\0';
  return end + 1;
}

static gboolean
spell (const NumberRules * rules, const GArray * set, guint64 value,
    guint depth, GString * out)
{
  const NumberRule *rule = set ? find_rule (set, value) : NULL;
  const gchar *p;

  if (!rule || depth > DEPTH_MAX)
    return FALSE;
  for (p = rule->body; p && *p && out->len < LENGTH_MAX;) {
    gchar name[32];

    if (*p == '[' && value % rule->divisor == 0) {
      p = strchr (p, ']');
    } else if (*p == '[' || *p == ']') {
      p++;
    } else if (strchr ("<>=", *p)) {
      guint64 part = *p == '<' ? value / rule->divisor :
          *p == '>' ? value % rule->divisor : value;

      p = read_name (p, name, sizeof (name));
      if (!p || !spell (rules, *name ? g_hash_table_lookup (rules->sets,
                  name) : set, part, depth + 1, out))
        return FALSE;
    } else {
      g_string_append_c (out, *p++);
    }
  }
  return p != NULL && out->len < LENGTH_MAX;
}

/**
 * number_rules_check:
 * @rules: rules
 * @error: which rule cannot work
 *
 * Tries every rule at its base, one above it, and just below the next rule.
 *
 * Returns: %FALSE if one names a set that does not exist or does not end
 */
gboolean
number_rules_check (const NumberRules * rules, GError ** error)
{
  GHashTableIter iter;
  gpointer name, set;

  g_hash_table_iter_init (&iter, rules->sets);
  while (g_hash_table_iter_next (&iter, &name, &set)) {
    const GArray *list = set;

    for (guint i = 0; i < list->len; i++) {
      guint64 base = g_array_index (list, NumberRule, i).base;
      guint64 next = i + 1 < list->len ?
          g_array_index (list, NumberRule, i + 1).base : base + 2;
      const guint64 tries[] = { base, MIN (base + 1, next - 1), next - 1 };

      for (guint t = 0; t < G_N_ELEMENTS (tries); t++) {
        GString *out = g_string_new (NULL);
        gboolean works = spell (rules, list, tries[t], 0, out);

        g_string_free (out, TRUE);
        if (!works) {
          g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
              "rules: %s: “%s” does not work for %" G_GUINT64_FORMAT,
              (const gchar *) name, g_array_index (list, NumberRule, i).body,
              tries[t]);
          return FALSE;
        }
      }
    }
  }
  return TRUE;
}

/**
 * number_rules_has:
 * @rules: rules
 * @set: a name
 *
 * Returns: whether there is such a set
 */
gboolean
number_rules_has (const NumberRules * rules, const gchar * set)
{
  return g_hash_table_contains (rules->sets, set);
}

/**
 * number_rules_spell:
 * @rules: rules
 * @set: the set to begin with
 * @value: the number
 * @out: where the words are appended
 *
 * Returns: %FALSE if the rules have no words for it; @out is as before then
 */
gboolean
number_rules_spell (const NumberRules * rules, const gchar * set,
    guint64 value, GString * out)
{
  GString *words = g_string_new (NULL);
  gboolean works = spell (rules, g_hash_table_lookup (rules->sets, set),
      value, 0, words);

  if (works)
    g_string_append_len (out, words->str, words->len);
  g_string_free (words, TRUE);
  return works;
}
