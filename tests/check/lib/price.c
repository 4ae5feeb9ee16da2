/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Prices: the file that is installed, and one that the user has put there.
 */
#include <gst-voice/json.h>
#include <gst-voice/price.h>

#include <glib/gstdio.h>
#include <string.h>

static const gchar own_prices[] = "{\"currency\": \"EUR\", \"prices\": {"
    "\"openai/a\": {\"input\": 2, \"cached\": 1, \"output\": 10},"
    "\"openai/b\": {\"input\": 2, \"output\": 4},"
    "\"openai@localhost:8000/x-1\": {\"output\": 1},"
    "\"ears/e\": {\"minute\": 0.5}, \"mouth/m\": {\"characters\": 30},"
    "\"openai/odd\": {\"input\": \"much\", \"output\": -1},"
    "\"mouth/voice-2-*\": {\"characters\": 10}," "\"openai/text\": 1}}";

static void
assert_price (const gchar * service, const gchar * model,
    const GstVoiceAmount * amount, gdouble expected)
{
  g_assert_cmpfloat_with_epsilon (gst_voice_price (service, model, amount),
      expected, 1e-9);
}

/* The file is read once, so this is all of it. */
static void
what_is_used_has_its_price (void)
{
  GstVoiceAmount tokens = {
    .tokens_in = 1000000,.tokens_cached = 400000,.tokens_out = 100000
  };
  GstVoiceAmount sound = {.audio = 90 * GST_SECOND };
  GstVoiceAmount text = {.characters = 1000 };
  GstVoiceAmount odd = {.tokens_in = 1000000,.tokens_cached = 2000000 };

  assert_price ("openai", "a", &tokens, 0.6 * 2 + 0.4 * 1 + 0.1 * 10);
  assert_price ("openai", "b", &tokens, 2 + 0.1 * 4);
  assert_price ("openai", "a-2024-08-06", &tokens, 2.6);
  assert_price ("openai", "a", &odd, 1);
  assert_price ("openai@localhost:8000", "x-1", &tokens, 0.1);
  assert_price ("ears", "e", &sound, 0.75);
  assert_price ("mouth", "m", &text, 0.03);
  assert_price ("mouth", "voice-2-anna-en", &text, 0.01);
  assert_price ("mouth", "voice-2-", &text, 0.01);
  assert_price ("mouth", "voice-2", &text, 0);
  assert_price ("mouth", "voice-3-anna-en", &text, 0);
  assert_price ("openai", "a-small", &tokens, 0);
  assert_price ("openai@elsewhere", "a", &tokens, 0);
  assert_price ("openai", "odd", &tokens, 0);
  assert_price ("openai", "text", &tokens, 0);
  assert_price ("openai", NULL, &tokens, 0);
  assert_price ("openai", "", &tokens, 0);
}

/* A service says which model has answered. */
static void
a_long_name_has_no_price (void)
{
  GstVoiceAmount tokens = {.tokens_in = 1000000 };
  GString *name = g_string_new ("a");

  while (name->len < 8 * 1024 * 1024)
    g_string_append (name, "-1");
  assert_price ("openai", name->str, &tokens, 0);
  g_string_free (name, TRUE);
}

/* Of each price it is known since when it holds. */
static void
the_installed_file_is_sound (void)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "data",
      "prices.json", NULL);
  gchar *text;
  gsize length;
  JsonNode *root;
  JsonObjectIter iter;
  const gchar *name;
  JsonNode *price;
  GError *error = NULL;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  root = gst_voice_json_parse (text, length, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, &error);
  g_assert_no_error (error);
  json_object_iter_init (&iter, json_node_get_object (gst_voice_json_at (root,
              "/prices")));
  while (json_object_iter_next (&iter, &name, &price)) {
    JsonObject *object = json_node_get_object (price);

    g_assert_nonnull (strchr (name, '/'));
    g_assert_cmpuint (strlen (json_object_get_string_member (object, "date")),
        >=, strlen ("2026-06"));
  }
  json_node_unref (root);
  g_free (text);
  g_free (path);
}

int
main (int argc, char **argv)
{
  gchar *folder = g_dir_make_tmp ("price-XXXXXX", NULL);
  gchar *path = g_build_filename (folder, "prices.json", NULL);
  int result;

  g_assert_true (g_file_set_contents (path, own_prices, -1, NULL));
  g_setenv ("GST_VOICE_DATADIR", folder, TRUE);
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/price/used", what_is_used_has_its_price);
  g_test_add_func ("/price/long", a_long_name_has_no_price);
  g_test_add_func ("/price/installed", the_installed_file_is_sound);
  result = g_test_run ();
  gst_deinit ();
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  g_free (folder);
  return result;
}
