/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <call-order.h>
#include <gio/gio.h>
#include <string.h>

static GHashTable *
make_table (const gchar * name, const gchar * value)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
      g_free);

  g_hash_table_insert (table, g_strdup (name), g_strdup (value));
  return table;
}

static void
there_and_back (void)
{
  CallOrder order = {
    .call_id = g_strdup ("c1"),.journal_dir = g_strdup ("/spool"),
    .url = g_strdup ("wss://host"),.token = g_strdup ("a \"secret\"\n"),
    .variables = make_table ("caller", "+1 555"),
    .attributes = make_table ("sip.phoneNumber", ""),
    .health = g_strdup ("{\"stt/a\":{}}"),
    .simulate = TRUE,.memory_limit = 1 << 30,
  }, other;
  GError *error = NULL;
  gchar *text = call_order_to_json (&order, &error);

  g_assert_no_error (error);
  g_assert_true (call_order_parse (&other, text, strlen (text), &error));
  g_assert_no_error (error);
  g_assert_cmpstr (other.call_id, ==, "c1");
  g_assert_cmpstr (other.token, ==, order.token);
  g_assert_null (other.persona);
  g_assert_cmpstr (other.health, ==, order.health);
  g_assert_cmpstr (g_hash_table_lookup (other.variables, "caller"), ==,
      "+1 555");
  g_assert_cmpstr (g_hash_table_lookup (other.attributes, "sip.phoneNumber"),
      ==, "");
  g_assert_true (other.simulate);
  g_assert_cmpuint (other.memory_limit, ==, 1 << 30);
  call_order_clear (&other);
  g_assert_null (other.variables);
  call_order_clear (&order);
  g_free (text);
}

static void
an_offer (void)
{
  CallOrder order = {
    .call_id = g_strdup ("c1"),.journal_dir = g_strdup ("/spool"),
    .offer = g_strdup ("v=0\r\n"),.stun_server = g_strdup ("stun:a"),
    .min_port = 1000,.max_port = 2000,.loopback = TRUE,
  }, other;
  gchar *text = call_order_to_json (&order, NULL);

  g_assert_true (call_order_parse (&other, text, strlen (text), NULL));
  g_assert_cmpstr (other.offer, ==, "v=0\r\n");
  g_assert_cmpstr (other.stun_server, ==, "stun:a");
  g_assert_cmpuint (other.min_port, ==, 1000);
  g_assert_cmpuint (other.max_port, ==, 2000);
  g_assert_true (other.loopback);
  call_order_clear (&other);
  call_order_clear (&order);
  g_free (text);
}

static void
refused_orders (void)
{
  static const gchar *const texts[] = {
    "", "[]", "{}", "{\"call_id\": \"a\"}",
    "{\"call_id\": \"a\", \"journal_dir\": \"b\"}",
    "{\"call_id\": \"a\", \"journal_dir\": \"b\", \"url\": 1}",
    "{\"call_id\": \"a\", \"journal_dir\": \"b\", \"url\": \"u\", "
        "\"description\": \"d\"}",
    "{\"call_id\": \"a\", \"journal_dir\": \"b\", \"url\": \"u\", "
        "\"offer\": \"o\"}",
    "{\"call_id\": \"a\", \"journal_dir\": \"b\", \"url\": \"u\", "
        "\"variables\": []}",
    "{\"call_id\": \"a\", \"journal_dir\": \"b\", \"url\": \"u\", "
        "\"variables\": {\"a\": 1}}",
  };
  GError *error = NULL;
  CallOrder order;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_assert_false (call_order_parse (&order, texts[i], strlen (texts[i]),
            &error));
    g_assert_nonnull (error);
    g_clear_error (&error);
  }
  order = (CallOrder) {
  .metadata = g_strnfill (CALL_MESSAGE_MAX, 'x')};
  g_assert_null (call_order_to_json (&order, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_MESSAGE_TOO_LARGE);
  g_clear_error (&error);
  call_order_clear (&order);
}

static void
commands (void)
{
  GError *error = NULL;

  for (CallCommand i = CALL_HANGUP; i <= CALL_INTERRUPT; i++) {
    gchar *text = i == CALL_DUMP ? NULL : g_strdup ("say \"this\"");
    gchar *json = call_command_to_json (i, text), *back;
    CallCommand command;

    g_assert_true (call_command_parse (&command, &back, json, strlen (json),
            &error));
    g_assert_no_error (error);
    g_assert_cmpint (command, ==, i);
    g_assert_cmpstr (back, ==, text);
    g_free (back);
    g_free (json);
    g_free (text);
  }
}

static void
refused_commands (void)
{
  static const gchar *const texts[] = {
    "{}", "{\"command\": \"jump\"}", "{\"command\": 1}",
    "{\"command\": \"say\", \"text\": 1}", "say",
  };
  gchar *longish = g_strnfill (CALL_MESSAGE_MAX, 'x'), *text;
  GError *error = NULL;
  CallCommand command;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_assert_false (call_command_parse (&command, &text, texts[i],
            strlen (texts[i]), &error));
    g_assert_nonnull (error);
    g_assert_null (text);
    g_clear_error (&error);
  }
  g_assert_null (call_command_to_json (CALL_SAY, longish));
  g_free (longish);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/call-order/there-and-back", there_and_back);
  g_test_add_func ("/call-order/an-offer", an_offer);
  g_test_add_func ("/call-order/refused", refused_orders);
  g_test_add_func ("/call-order/commands", commands);
  g_test_add_func ("/call-order/refused-commands", refused_commands);
  return g_test_run ();
}
