/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The JSON helpers: what is read and refused, what is written, places in a
 * text, equality, and the nearest word.
 */
#include <gst-voice/json.h>

#include <math.h>

static JsonNode *
parse (const gchar * text)
{
  GError *error = NULL;
  JsonNode *node = gst_voice_json_parse (text, -1, GST_VOICE_JSON_MAX_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, &error);

  g_assert_no_error (error);
  g_assert_nonnull (node);
  return node;
}

static void
reads_and_writes (void)
{
  /* What is read, and what is written of it; NULL: the same. */
  static const gchar *const rows[][2] = {
    {"null", NULL}, {"true", NULL}, {"false", NULL}, {"0", NULL},
    {"-0", "0"}, {"12", NULL}, {"-12", NULL}, {"0.1", NULL},
    {"1.0", NULL}, {"1.50", "1.5"}, {"1E3", "1000.0"}, {"1e+100", NULL},
    {"9223372036854775807", NULL}, {"-9223372036854775808", NULL},
    {"9223372036854775808", "9.223372036854776e+18"},
    {"5e-324", "4.94065645841247e-324"}, {"\"\"", NULL}, {"\"a\"", NULL},
    {" \t\r\n[ ] ", "[]"}, {"{ }", "{}"},
    {"[1, [2, []], {}]", "[1,[2,[]],{}]"},
    {"{\"z\": 1, \"a\": {\"y\": [true]}, \"b\": null}",
        "{\"z\":1,\"a\":{\"y\":[true]},\"b\":null}"},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
    {"\"\\u001f\\u0041\\u00e4\"", "\"\\u001fA\303\244\""},
    {"\"\\uD83D\\uDE00\"", "\"\360\237\230\200\""},
    {"\"a\\u0000b\\ud83dc\\ude00\"",
        "\"a\357\277\275b\357\277\275c\357\277\275\""},
    {"\"\\ud83d\\ud83d\\ude00\"", "\"\357\277\275\360\237\230\200\""},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    JsonNode *node = parse (rows[i][0]);
    gchar *text = gst_voice_json_to_string (node);
    JsonNode *again = parse (text);

    g_assert_cmpstr (text, ==, rows[i][1] ? rows[i][1] : rows[i][0]);
    g_assert_true (gst_voice_json_equal (node, again));
    json_node_unref (again);
    json_node_unref (node);
    g_free (text);
  }
}

static void
refuses (void)
{
  static const struct
  {
    const gchar *text;
    const gchar *message;
  } rows[] = {
    {"", "1:1: the text is empty"},
    {" \n ", "2:2: the text is empty"},
    {"\357\273\277{}", "1:1: begins with a byte order mark (BOM); save it as "
          "UTF-8 without one"},
    {"\377\376{", "1:1: not UTF-8 from here on"},
    {"[\"\303\244\", \"\303\"]", "1:8: not UTF-8 from here on"},
    {"[1] [2]", "1:5: expected nothing more after the value, found \"[\""},
    {"[1,]", "1:4: expected a value, found \"]\""},
    {"[1 2]", "1:4: expected \",\" or \"]\" after an item, found \"2\""},
    {"[1", "1:3: expected \",\" or \"]\" after an item, but the text ends "
          "here"},
    {"{\"a\" 1}", "1:6: expected \":\" after a key, found \"1\""},
    {"{'a': 1}", "1:2: expected a key in double quotes, found \"'\""},
    {"{a: 1}", "1:2: expected a key in double quotes, found \"a\""},
    {"{\"a\": 1,}", "1:9: expected a key in double quotes, found \"}\""},
    {"{\"a\": 1\n \"b\": 2}", "2:2: expected \",\" or \"}\" after a value, "
          "found \"\"\""},
    {"{\"a\": 1,\n \"a\": 2}", "2:2: the key \"a\" stands twice in this "
          "object"},
    {"[01]", "1:2: a number must not begin with 0"},
    {"[-]", "1:3: expected a digit, found \"]\""},
    {"[1.]", "1:4: expected a digit, found \"]\""},
    {"[1e]", "1:4: expected a digit, found \"]\""},
    {"[.5]", "1:2: expected a value, found \".\""},
    {"[+1]", "1:2: expected a value, found \"+\""},
    {"[0x12]", "1:3: expected \",\" or \"]\" after an item, found \"x\""},
    {"[NaN]", "1:2: expected a value, found \"N\""},
    {"[nul]", "1:2: expected a value (a string needs double quotes), found "
          "\"n\""},
    {"[\"a\nb\"]", "1:4: a control character in a string must be written as "
          "\\u000a"},
    {"[\"\\x\"]", "1:3: a string has no escape \\x"},
    {"[\"\\u12g4\"]", "1:5: expected four hexadecimal digits after \\u"},
    {"[\"\\", "1:4: expected a character after the backslash, but the text "
          "ends here"},
    {"[\n  \"abc", "2:3: this string is never closed"},
    {"[] // x", "1:4: expected nothing more after the value, found \"/\""},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;

    g_assert_null (gst_voice_json_parse (rows[i].text, -1,
            GST_VOICE_JSON_MAX_SIZE, GST_VOICE_JSON_MAX_DEPTH, &error));
    g_assert_error (error, GST_VOICE_JSON_ERROR, GST_VOICE_JSON_ERROR_SYNTAX);
    g_assert_cmpstr (error->message, ==, rows[i].message);
    g_clear_error (&error);
    g_assert_null (gst_voice_json_parse (rows[i].text, -1,
            GST_VOICE_JSON_MAX_SIZE, GST_VOICE_JSON_MAX_DEPTH, NULL));
  }
}

static void
assert_limit (const gchar * text, gssize length, gsize max_size, guint depth,
    const gchar * message)
{
  GError *error = NULL;

  g_assert_null (gst_voice_json_parse (text, length, max_size, depth, &error));
  g_assert_error (error, GST_VOICE_JSON_ERROR, GST_VOICE_JSON_ERROR_LIMIT);
  g_assert_cmpstr (error->message, ==, message);
  g_error_free (error);
}

static void
keeps_limits (void)
{
  GError *error = NULL;
  gchar *deep = g_strnfill (100000, '[');
  GString *many = g_string_new ("{");
  gchar *digits = g_strnfill (2000, '7');
  JsonNode *node;

  assert_limit ("[1]", -1, 2, 9, "1:1: the text has 3 bytes, more than 2");
  assert_limit ("[[[1]]]", -1, 99, 2, "1:3: nested more than 2 deep");
  assert_limit (deep, -1, 1000000, G_MAXUINT,
      "1:513: nested more than 512 deep");
  assert_limit ("1e400", -1, 99, 9, "1:1: this number is too large");
  assert_limit (digits, -1, 9999, 9, "1:1: a number has more than 1024 digits");
  for (guint i = 0; i <= 10000; i++)
    g_string_append_printf (many, "%s\"%u\":0", i ? "," : "", i);
  g_string_append_c (many, '}');
  assert_limit (many->str, many->len, 1000000, 9,
      "1:88892: an object has more than 10000 keys");

  g_assert_null (gst_voice_json_parse ("[1,\0002]", 6, 99, 9, &error));
  g_assert_cmpstr (error->message, ==, "1:4: a NUL byte stands here");
  g_clear_error (&error);
  /* The length counts, not a NUL. */
  node = gst_voice_json_parse ("[1]]", 3, 99, 9, &error);
  g_assert_no_error (error);
  json_node_unref (node);

  g_free (digits);
  g_string_free (many, TRUE);
  g_free (deep);
}

static void
writes_what_others_made (void)
{
  JsonNode *node = json_node_new (JSON_NODE_VALUE);
  gchar *text;

  json_node_set_double (node, NAN);
  text = gst_voice_json_to_string (node);
  g_assert_cmpstr (text, ==, "null");
  g_free (text);
  json_node_set_double (node, -INFINITY);
  text = gst_voice_json_to_string (node);
  g_assert_cmpstr (text, ==, "null");
  g_free (text);
  json_node_set_string (node, "a\377b");
  text = gst_voice_json_to_string (node);
  g_assert_cmpstr (text, ==, "\"a\357\277\275b\"");
  g_free (text);
  json_node_unref (node);
}

static void
copies (void)
{
  JsonNode *node = parse ("{\"a\":[1,{\"b\":\"c\"}],\"d\":null}");
  JsonNode *copy = gst_voice_json_copy (node);
  gchar *text;

  json_object_remove_member (json_node_get_object (gst_voice_json_at (node,
              "/a/1")), "b");
  text = gst_voice_json_to_string (copy);
  g_assert_cmpstr (text, ==, "{\"a\":[1,{\"b\":\"c\"}],\"d\":null}");
  g_free (text);
  json_node_unref (copy);
  json_node_unref (node);
}

static const gchar document[] = "{\n"
    "  \"name\": \"clinic\",\n"
    "  \"a/b\": {\"m~n\": 1, \"\": 2},\n"
    "  \"tools\": [\n" "    {\"x\": [1, 2]}, \"\303\244\", {\"y\": {\n"
    "      \"z\": null}}\n" "  ]\n" "}\n";

static void
locates (void)
{
  static const struct
  {
    const gchar *pointer;
    gboolean there;
    guint line, column;
  } rows[] = {
    {"", TRUE, 1, 1}, {"/name", TRUE, 2, 3}, {"/a~1b", TRUE, 3, 3},
    {"/a~1b/m~0n", TRUE, 3, 11}, {"/a~1b/", TRUE, 3, 21},
    {"/tools", TRUE, 4, 3}, {"/tools/0", TRUE, 5, 5},
    {"/tools/0/x/1", TRUE, 5, 15}, {"/tools/1", TRUE, 5, 20},
    {"/tools/2/y", TRUE, 5, 26}, {"/tools/2/y/z", TRUE, 6, 7},
    {"/none", FALSE, 1, 1}, {"/tools/3", FALSE, 4, 3},
    {"/tools/00", FALSE, 4, 3}, {"/tools/-1", FALSE, 4, 3},
    {"/tools/2/y/q/r", FALSE, 5, 26}, {"/name/x", FALSE, 2, 3},
    {"name", FALSE, 1, 1},
  };
  JsonNode *root = parse (document);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    guint line, column;

    g_test_message ("%s", rows[i].pointer);
    g_assert_true (gst_voice_json_locate (document, -1, rows[i].pointer, &line,
            &column) == rows[i].there);
    g_assert_cmpuint (line, ==, rows[i].line);
    g_assert_cmpuint (column, ==, rows[i].column);
    g_assert_true ((gst_voice_json_at (root, rows[i].pointer) != NULL) ==
        rows[i].there);
  }
  json_node_unref (root);
}

static void
locates_nothing_in_garbage (void)
{
  static const gchar *const texts[] = { "", "{", "{\"a\"", "{\"a\":[1,", "x",
    "{\"b\":\"", "[", "[1,2"
  };
  guint line, column;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_false (gst_voice_json_locate (texts[i], -1, "/a/3/b", &line,
            &column));
}

static void
appends_to_pointers (void)
{
  GString *pointer = g_string_new (NULL);

  gst_voice_json_pointer_append (pointer, "a/b");
  gst_voice_json_pointer_append (pointer, "m~n");
  gst_voice_json_pointer_append (pointer, "");
  g_assert_cmpstr (pointer->str, ==, "/a~1b/m~0n/");
  g_string_free (pointer, TRUE);
}

static void
equality (void)
{
  static const struct
  {
    const gchar *a, *b;
    gboolean equal;
  } rows[] = {
    {"1", "1.0", TRUE}, {"1", "1.5", FALSE}, {"0", "-0.0", TRUE},
    {"1", "true", FALSE}, {"0", "false", FALSE}, {"null", "false", FALSE},
    {"\"1\"", "1", FALSE}, {"\"a\"", "\"a\"", TRUE}, {"true", "true", TRUE},
    {"9007199254740993", "9007199254740992.0", FALSE},
    {"9223372036854775807", "9223372036854775808", FALSE},
    {"-9223372036854775808", "-9223372036854775808.0", TRUE},
    {"[1,2]", "[1.0,2]", TRUE}, {"[1,2]", "[2,1]", FALSE},
    {"[1]", "[1,1]", FALSE}, {"{}", "[]", FALSE},
    {"{\"a\":1,\"b\":[{}]}", "{\"b\":[{}],\"a\":1.0}", TRUE},
    {"{\"a\":1}", "{\"a\":1,\"b\":1}", FALSE},
    {"{\"a\":1}", "{\"b\":1}", FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    JsonNode *a = parse (rows[i].a), *b = parse (rows[i].b);

    g_test_message ("%s %s", rows[i].a, rows[i].b);
    g_assert_true (gst_voice_json_equal (a, b) == rows[i].equal);
    g_assert_true (gst_voice_json_equal (b, a) == rows[i].equal);
    if (rows[i].equal)
      g_assert_cmpuint (gst_voice_json_hash (a), ==, gst_voice_json_hash (b));
    json_node_unref (a);
    json_node_unref (b);
  }
}

static void
hashes_differ (void)
{
  static const gchar *const texts[] = { "1", "2", "\"1\"", "[1,2]", "[2,1]",
    "[[1],2]", "{\"a\":1}", "{\"b\":1}", "{\"a\":2}", "true", "false"
  };
  GHashTable *seen = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    JsonNode *node = parse (texts[i]);

    g_assert_true (g_hash_table_add (seen,
            GUINT_TO_POINTER (gst_voice_json_hash (node))));
    json_node_unref (node);
  }
  g_hash_table_unref (seen);
}

static void
order_of_numbers (void)
{
  static const gchar *const ascending[] = { "-1e300", "-9223372036854775808",
    "-2.5", "-2", "-1.5", "0", "0.5", "1", "1.5", "9007199254740992.0",
    "9007199254740993", "9223372036854775807", "9223372036854775808", "1e300"
  };

  for (guint i = 0; i < G_N_ELEMENTS (ascending); i++) {
    for (guint j = 0; j < G_N_ELEMENTS (ascending); j++) {
      JsonNode *a = parse (ascending[i]), *b = parse (ascending[j]);
      gint order = gst_voice_json_compare_numbers (a, b);

      g_assert_cmpint (order < 0, ==, i < j);
      g_assert_cmpint (order > 0, ==, i > j);
      json_node_unref (a);
      json_node_unref (b);
    }
  }
}

static void
closest (void)
{
  static const gchar *const words[] = { "name", "pipeline", "system-prompt",
    "welcome-message", "voice", "timeout", "a", NULL
  };
  static const gchar *const none[] = { NULL };
  static const struct
  {
    const gchar *word, *found;
  } rows[] = {
    {"nmae", "name"}, {"Name", "name"}, {"pipelin", "pipeline"},
    {"system_prompt", "system-prompt"}, {"systemPrompt", "system-prompt"},
    {"welcome_mesage", "welcome-message"}, {"timout", "timeout"},
    {"tiemout", "timeout"}, {"voices", "voice"}, {"banana", NULL},
    {"", NULL}, {"b", NULL}, {"A", "a"},
  };
  gchar *longest = g_strnfill (65, 'a');

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpstr (gst_voice_json_closest (rows[i].word, words), ==,
        rows[i].found);
  g_assert_null (gst_voice_json_closest ("name", none));
  g_assert_null (gst_voice_json_closest (longest, words));
  g_free (longest);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/read-write", reads_and_writes);
  g_test_add_func ("/json/refuse", refuses);
  g_test_add_func ("/json/limits", keeps_limits);
  g_test_add_func ("/json/write-foreign", writes_what_others_made);
  g_test_add_func ("/json/copy", copies);
  g_test_add_func ("/json/locate", locates);
  g_test_add_func ("/json/locate-garbage", locates_nothing_in_garbage);
  g_test_add_func ("/json/pointer-append", appends_to_pointers);
  g_test_add_func ("/json/equal", equality);
  g_test_add_func ("/json/hash", hashes_differ);
  g_test_add_func ("/json/order", order_of_numbers);
  g_test_add_func ("/json/closest", closest);
  return g_test_run ();
}
