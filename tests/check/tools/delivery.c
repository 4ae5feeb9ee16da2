/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where a conversation goes: what is refused, and that it is read as written.
 */
#include <delivery.h>

#include <string.h>

static void
round_trip (void)
{
  Delivery delivery = { NULL }, read;
  GError *error = NULL;
  gchar *text;

  g_assert_null (delivery_to_json (&delivery));
  g_assert_true (delivery_set (&delivery, "https://a.example/x?\"=1",
          "env:HOOK", &error));
  text = delivery_to_json (&delivery);
  g_assert_true (delivery_parse (&read, text, -1, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (read.webhook, ==, delivery.webhook);
  g_assert_cmpstr (read.secret, ==, "env:HOOK");
  g_assert_null (read.rules);
  g_free (text);
  delivery_clear (&read);
  delivery.rules = g_strdup ("[{\"outcome\":\"Booked\"}]");
  text = delivery_to_json (&delivery);
  g_assert_true (delivery_parse (&read, text, -1, &error));
  g_assert_cmpstr (read.rules, ==, delivery.rules);
  g_free (text);
  delivery_clear (&read);
  g_assert_true (delivery_set (&delivery, NULL, NULL, &error));
  g_assert_null (delivery.webhook);
}

static void
refused (void)
{
  static const gchar *rows[][2] = {
    {"example.com", NULL},
    {"ftp://example.com/", NULL},
    {"file:///etc/passwd", NULL},
    {"http:///nobody", NULL},
    {"", NULL},
    {"https://example.com/", "hush"},
    {"https://example.com/", "env:"},
    {"https://example.com/", "http:x"},
    {NULL, "env:HOOK"},
  };
  Delivery delivery = { NULL };

  g_assert_true (delivery_set (&delivery, "http://a.example", NULL, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;

    g_assert_false (delivery_set (&delivery, rows[i][0], rows[i][1], &error));
    g_assert_nonnull (error);
    g_assert_null (strstr (error->message, "hush"));
    g_error_free (error);
    g_assert_cmpstr (delivery.webhook, ==, "http://a.example");
  }
  delivery_clear (&delivery);
}

static void
broken_texts (void)
{
  static const gchar *rows[] = {
    "", "{", "[]", "1", "{\"webhook\":1,\"secret\":\"env:X\"}",
    "{\"webhook\":\"nowhere\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    Delivery delivery;
    GError *error = NULL;

    g_assert_false (delivery_parse (&delivery, rows[i], -1, &error));
    g_assert_nonnull (error);
    g_error_free (error);
    delivery_clear (&delivery);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/delivery/round-trip", round_trip);
  g_test_add_func ("/delivery/refused", refused);
  g_test_add_func ("/delivery/broken", broken_texts);
  return g_test_run ();
}
