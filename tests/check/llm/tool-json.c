/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What goes into a tool and what comes out of it: arguments, answers and
 * refusals of services, placeholders, and results that are too long.
 */
#include "tool-json.h"
#include "quoted.h"

#include <gst-voice/json.h>
#include <string.h>

/* Takes @node. */
static void
assert_json (JsonNode * node, const gchar * expected)
{
  gchar *text = node ? gst_voice_json_to_string (node) : NULL;
  gchar *json = expected ? quoted (expected) : NULL;

  g_assert_cmpstr (text, ==, json);
  g_free (text);
  g_free (json);
  g_clear_pointer (&node, json_node_unref);
}

static GstVoiceSchema *
new_schema (void)
{
  JsonNode *node = parse ("{'type': 'object', 'required': ['day'],"
      " 'properties': {'day': {'type': 'string', 'enum': ['Monday',"
      " 'Tuesday']}, 'guests': {'type': 'integer', 'default': 2}},"
      " 'additionalProperties': false}");
  GError *error = NULL;
  GstVoiceSchema *schema = gst_voice_schema_new (node,
      GST_VOICE_SCHEMA_FORMATS, &error);

  g_assert_no_error (error);
  json_node_unref (node);
  return schema;
}

static void
good_arguments (void)
{
  GstVoiceSchema *schema = new_schema ();
  gchar *text = quoted (" {'day': 'Monday'} ");
  JsonNode *refusal = NULL;

  assert_json (tool_arguments_read (text, schema, &refusal),
      "{'day':'Monday','guests':2}");
  g_assert_null (refusal);
  g_free (text);
  gst_voice_schema_unref (schema);
}

/* Each is refused with its own words, and nothing else. */
static void
bad_arguments (void)
{
  static const gchar *const rows[][2] = {
    {"", "misses the property"},
    {" \n", "misses the property"},
    {"null", "must be a JSON object"},
    {"[]", "must be a JSON object"},
    {"{'day': 'Monday'", "not valid JSON (line 1:17"},
    {"{'day': 'Sunday'}", "'/day'"},
    {"{'day': 'Monday', 'guests': 'two'}", "'/guests'"},
    {"{'day': 'Monday', 'x': 1}", "'/x'"},
    {"{'day': 'Monday', 'day': 'Tuesday'}", "not valid JSON"},
  };
  GstVoiceSchema *schema = new_schema ();

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *text = quoted (rows[i][0]), *says = quoted (rows[i][1]), *told;
    JsonNode *refusal = NULL;

    g_assert_null (tool_arguments_read (text, schema, &refusal));
    told = gst_voice_json_to_string (refusal);
    if (!strstr (told, says) || !strstr (told, "\"invalid-arguments\""))
      g_error ("%s: %s", text, told);
    json_node_unref (refusal);
    g_free (told);
    g_free (says);
    g_free (text);
  }
  gst_voice_schema_unref (schema);
}

/* A model must not talk us out of memory. */
static void
huge_arguments (void)
{
  GstVoiceSchema *schema = new_schema ();
  gchar *text = g_strnfill (TOOL_ARGUMENTS_SIZE + 1, ' ');
  JsonNode *refusal = NULL;

  text[0] = '{';
  text[TOOL_ARGUMENTS_SIZE] = '}';
  g_assert_null (tool_arguments_read (text, schema, &refusal));
  g_assert_nonnull (refusal);
  json_node_unref (refusal);
  memset (text, '[', TOOL_ARGUMENTS_SIZE);
  g_assert_null (tool_arguments_read (text, schema, &refusal));
  json_node_unref (refusal);
  g_free (text);
  gst_voice_schema_unref (schema);
}

static void
bodies (void)
{
  static const gchar *const rows[][3] = {
    {"", NULL, "{'status':'done'}"},
    {"", "text/html", "{'status':'done'}"},
    {" {'a': 1}\n", NULL, "{'a':1}"},
    {"[true]", "text/html", "[true]"},
    {"'so'", "text/plain", "'so'"},
    {"It is so.", "text/plain", "{'text':'It is so.'}"},
    {"It is so.", "Text/Plain;charset=utf-8", "{'text':'It is so.'}"},
    {"It is so.", "text/html", NULL},
    {"It is so.", NULL, NULL},
    {"{'a': ", "application/json", NULL},
    {"\xff", "text/plain", NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *body = quoted (rows[i][0]);

    assert_json (tool_body_read (body, strlen (body), rows[i][1]), rows[i][2]);
    g_free (body);
  }
  assert_json (tool_body_read ("a\0b", 3, "text/plain"), NULL);
}

static void
complaints (void)
{
  static const gchar *const rows[][2] = {
    {"{'error': 'Fully booked.'}", "Fully booked."},
    {"{'error': {'message': 'Fully booked.', 'code': 3}}", "Fully booked."},
    {"{'error': {'code': 3}}", NULL},
    {"{'error': ''}", NULL},
    {"{'error': 3}", NULL},
    {"{'error': null}", NULL},
    {"{'error': ['Fully booked.']}", NULL},
    {"{'message': 'Fully booked.'}", NULL},
    {"['Fully booked.']", NULL},
    {"<h1>Fully booked.</h1>", NULL},
    {"", NULL},
  };
  gchar *long_text = g_strnfill (600, 'x');
  gchar *body =
      g_strdup_printf ("{\"error\": \"ö%s\"}", long_text), *complaint;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *text = quoted (rows[i][0]);

    complaint = tool_body_complaint (text);
    g_assert_cmpstr (complaint, ==, rows[i][1]);
    g_free (complaint);
    g_free (text);
  }
  complaint = tool_body_complaint (body);
  g_assert_cmpint (g_utf8_strlen (complaint, -1), ==, 500);
  g_free (complaint);
  g_free (body);
  g_free (long_text);
  g_assert_null (tool_body_complaint (NULL));
}

/* A text that is one placeholder becomes the value, of whatever type; what is
 * missing is left out; a second dollar sign makes it plain text. */
static void
placeholders (void)
{
  static const gchar *const rows[][2] = {
    {"'${s}'", "'Ada'"},
    {"'${n}'", "4"},
    {"'${o}'", "{'a':[1]}"},
    {"'${none}'", "''"},
    {"'Hello ${s}, ${n}: ${o}${none}!'", "'Hello Ada, 4: {\\'a\\':[1]}!'"},
    {"'${s}${s}'", "'AdaAda'"},
    {"'${null}'", "null"},
    {"'a${null}b'", "'ab'"},
    {"'$${s} $s ${} ${s'", "'${s} $s ${} ${s'"},
    {"'$$${s}'", "'$${s}'"},
    {"'cost: $$5'", "'cost: $$5'"},
    {"{'${s}': ['${n}', 1, null, true]}", "{'${s}':[4,1,null,true]}"},
  };
  JsonNode *arguments = parse ("{'s': 'Ada', 'n': 4, 'o': {'a': [1]},"
      " 'null': null}");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    JsonNode *result = parse (rows[i][0]);

    assert_json (tool_result_fill_in (result, arguments), rows[i][1]);
    json_node_unref (result);
  }
  json_node_unref (arguments);
}

/* An argument is not looked through for placeholders of its own. */
static void
arguments_are_no_templates (void)
{
  JsonNode *arguments = parse ("{'a': '${b}', 'b': '${a}'}");
  JsonNode *result = parse ("['${a}', 'x${a}']");

  assert_json (tool_result_fill_in (result, arguments), "['${b}','x${b}']");
  json_node_unref (result);
  json_node_unref (arguments);
}

static void
assert_names (const gchar * text, const gchar * expected)
{
  JsonNode *result = parse (text);
  GPtrArray *names = tool_result_placeholders (result);
  gchar *joined;

  g_ptr_array_add (names, NULL);
  joined = g_strjoinv (" ", (gchar **) names->pdata);
  g_assert_cmpstr (joined, ==, expected);
  g_free (joined);
  g_ptr_array_unref (names);
  json_node_unref (result);
}

static void
names (void)
{
  GString *many = g_string_new ("[");
  JsonNode *result;

  assert_names ("{'a': ['${x}', 1, {'b': '$${no} ${y-1} ${x}'}]}", "x y-1 x");
  assert_names ("'none'", "");
  for (guint i = 0; i < 65; i++)
    g_string_append (many, "'${x}',");
  g_string_append (many, "1]");
  result = parse (many->str);
  g_assert_null (tool_result_placeholders (result));
  json_node_unref (result);
  g_string_free (many, TRUE);
}

/* Cut at a character, and what is cut says so; quotation marks, which are
 * escaped once more, do not make it too long. */
static void
long_results (void)
{
  static const gchar *const units[] = { "x", "ö", "\"", "\\", "\n" };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++) {
    for (guint n = 200; n < 400; n++) {
      GString *value = g_string_new (NULL);
      JsonNode *node, *cut;
      gchar *text;

      for (guint k = 0; k < n; k++)
        g_string_append (value, units[i]);
      node = json_node_init_string (json_node_alloc (), value->str);
      text = tool_result_to_text (node, 256);
      g_assert_cmpuint (strlen (text), <=, 256);
      cut = parse (text);
      g_assert_true (JSON_NODE_HOLDS_VALUE (cut)
          || json_object_has_member (json_node_get_object (cut), "note"));
      json_node_unref (cut);
      json_node_unref (node);
      g_free (text);
      g_string_free (value, TRUE);
    }
  }
}

static void
errors (void)
{
  assert_json (tool_error_new ("timeout", "Too late."),
      "{'error':{'code':'timeout','message':'Too late.'}}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tool-json/errors", errors);
  g_test_add_func ("/tool-json/arguments/good", good_arguments);
  g_test_add_func ("/tool-json/arguments/bad", bad_arguments);
  g_test_add_func ("/tool-json/arguments/huge", huge_arguments);
  g_test_add_func ("/tool-json/bodies", bodies);
  g_test_add_func ("/tool-json/complaints", complaints);
  g_test_add_func ("/tool-json/placeholders/filled", placeholders);
  g_test_add_func ("/tool-json/placeholders/once", arguments_are_no_templates);
  g_test_add_func ("/tool-json/placeholders/names", names);
  g_test_add_func ("/tool-json/long", long_results);
  return g_test_run ();
}
