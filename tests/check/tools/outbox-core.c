/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What becomes of a document by the answer, when it is tried again, and the
 * signature, which was made with another program.
 */
#include <outbox.h>

static void
signatures (void)
{
  /* printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac hush */
  gchar *value = outbox_sign ("hush", G_GINT64_CONSTANT (1700000000123456),
      "{\"a\":1}");

  g_assert_cmpstr (value, ==, "t=1700000000,v1="
      "7cfd1df542c33ab7251748ffdc6e7fed278c63b83d4ece95a4534b0ad465571b");
  g_free (value);
}

static void
judgements (void)
{
  static const struct
  {
    guint status;
    const gchar *young, *old;
  } rows[] = {
    {200, OUTBOX_DELIVERED, OUTBOX_DELIVERED},
    {204, OUTBOX_DELIVERED, OUTBOX_DELIVERED},
    {0, OUTBOX_WAITING, OUTBOX_DEAD},
    {302, OUTBOX_WAITING, OUTBOX_DEAD},
    {400, OUTBOX_DEAD, OUTBOX_DEAD},
    {404, OUTBOX_DEAD, OUTBOX_DEAD},
    {408, OUTBOX_WAITING, OUTBOX_DEAD},
    {410, OUTBOX_DEAD, OUTBOX_DEAD},
    {429, OUTBOX_WAITING, OUTBOX_DEAD},
    {500, OUTBOX_WAITING, OUTBOX_DEAD},
    {503, OUTBOX_WAITING, OUTBOX_DEAD},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    OutboxOutcome outcome = { rows[i].status, -1, "no" };

    g_assert_cmpstr (outbox_judge (&outcome, FALSE), ==, rows[i].young);
    g_assert_cmpstr (outbox_judge (&outcome, TRUE), ==, rows[i].old);
  }
}

static void
pauses (void)
{
  g_assert_cmpint (outbox_pause (1, -1), ==, 1000);
  g_assert_cmpint (outbox_pause (2, -1), ==, 2000);
  g_assert_cmpint (outbox_pause (5, -1), ==, 16000);
  g_assert_cmpint (outbox_pause (11, -1), ==, 900000);
  g_assert_cmpint (outbox_pause (G_MAXUINT, -1), ==, 900000);
  g_assert_cmpint (outbox_pause (1, 7000), ==, 7000);
  g_assert_cmpint (outbox_pause (5, 7000), ==, 16000);
  g_assert_cmpint (outbox_pause (1, G_MAXINT64), ==, 3600000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outbox-core/sign", signatures);
  g_test_add_func ("/outbox-core/judge", judgements);
  g_test_add_func ("/outbox-core/pause", pauses);
  return g_test_run ();
}
