/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What a call came to, by rules.
 */
#include <evaluation.h>

#include <string.h>

/* Lines of a call with one tool, and what comes of it late. */
#define JOURNAL(turns, outcome, reason, late) \
  "{\"n\":1,\"at\":0,\"type\":\"session-started\",\"call-id\":\"a\"}\n" \
  "{\"n\":2,\"at\":0,\"type\":\"variable\",\"name\":\"day\"," \
  "\"value\":\"friday\"}\n" \
  "{\"n\":3,\"at\":1,\"type\":\"tool-call\",\"id\":\"1\"," \
  "\"name\":\"book_slot\",\"arguments\":{},\"access\":\"write\"}\n" \
  "{\"n\":4,\"at\":2,\"type\":\"tool-result\",\"id\":\"1\"," \
  "\"name\":\"book_slot\",\"json\":{},\"outcome\":\"" outcome "\"}\n" \
  late \
  "{\"n\":6,\"at\":9,\"type\":\"session-ended\"," \
  "\"reason\":\"" reason "\",\"turns\":" #turns "}\n"
#define LATE(json) \
  "{\"n\":5,\"at\":3,\"type\":\"tool-result\",\"id\":\"1\"," \
  "\"json\":" json ",\"outcome\":\"late\"}\n"

static const gchar booked[] = JOURNAL (2, "ok", "completed", "");
static const gchar refused[] = JOURNAL (2, "error", "completed", "");
static const gchar silent[] = JOURNAL (0, "error", "inactivity", "");
static const gchar late[] = JOURNAL (2, "timeout", "completed",
    LATE ("{\"a\":1}"));
static const gchar late_error[] = JOURNAL (2, "timeout", "completed",
    LATE ("{\"error\":{}}"));

static const gchar rules[] =
    "[{\"outcome\":\"Booked\",\"when\":{\"tool\":\"book_*\","
    "\"access\":\"write\"}},"
    "{\"outcome\":\"Inquiry\",\"when\":{\"turns\":1,"
    "\"reason\":\"comp*\"}}," "{\"outcome\":\"Failed\"}]";

static void
expect (const gchar * journal, const gchar * with, const gchar * outcome)
{
  Record *record = record_new_from_text (journal, strlen (journal), "j", NULL);
  gchar *found = evaluation_by_rules (record, with);

  g_assert_cmpstr (found, ==, outcome);
  g_free (found);
  record_free (record);
}

static void
outcomes (void)
{
  expect (booked, rules, "Booked");
  expect (refused, rules, "Inquiry");
  expect (late, rules, "Booked");
  expect (late_error, rules, "Inquiry");
  expect (silent, rules, "Failed");
}

static void
conditions (void)
{
  static const struct
  {
    const gchar *when;
    gboolean holds;
  } rows[] = {
    {"{}", TRUE},
    {"{\"tool\":\"book_slot\"}", TRUE},
    {"{\"tool\":\"book\"}", FALSE},
    {"{\"access\":\"write\"}", TRUE},
    {"{\"access\":\"read\"}", FALSE},
    {"{\"tool\":\"book_slot\",\"access\":\"read\"}", FALSE},
    {"{\"reason\":\"completed\"}", TRUE},
    {"{\"reason\":\"error\"}", FALSE},
    {"{\"turns\":2}", TRUE},
    {"{\"turns\":3}", FALSE},
    {"{\"variables\":{\"day\":\"fri*\"}}", TRUE},
    {"{\"variables\":{\"day\":\"monday\"}}", FALSE},
    {"{\"variables\":{\"night\":\"*\"}}", FALSE},
    {"{\"turns\":2,\"reason\":\"error\"}", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *with = g_strdup_printf ("[{\"outcome\":\"x\",\"when\":%s}]",
        rows[i].when);

    expect (booked, with, rows[i].holds ? "x" : NULL);
    g_free (with);
  }
}

/* They have been checked with the persona; whoever has written beside the
 * journal has not. */
static void
broken (void)
{
  static const gchar *rows[] = {
    NULL, "", "{}", "[", "[1]", "[{}]", "[{\"outcome\":1}]",
    "[{\"outcome\":\"x\",\"when\":[]}]",
    "[{\"outcome\":\"x\",\"when\":{\"variables\":{\"day\":1}}}]",
    "[{\"outcome\":\"x\",\"when\":{\"variables\":1}}]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    expect (booked, rows[i], NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/evaluation/outcomes", outcomes);
  g_test_add_func ("/evaluation/conditions", conditions);
  g_test_add_func ("/evaluation/broken", broken);
  return g_test_run ();
}
