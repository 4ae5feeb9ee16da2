/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * JSON Schema against the suite that Debian packages (drafts 6 and 7), and
 * against cases of our own: 2020-12, messages, refused schemas, limits.
 */
#include <gst-voice/json.h>
#include <gst-voice/schema.h>

#include <string.h>

#define SUITE "/usr/share/json-schema-test-suite/tests"

/* What of the suite is left out; docs/schema.md has the same table, and
 * /schema/suite/docs compares them. Without a case the whole file is. */
static const struct
{
  const gchar *file, *group, *reason;
} left_out[] = {
  {"definitions.json", "", "remote reference, refused"},
  {"ref.json", "remote ref, containing refs itself",
      "remote reference, refused"},
  {"refRemote.json", "", "remote reference, refused"},
  {"optional/content.json", "", "`contentEncoding` and `contentMediaType` are "
        "refused"},
  {"optional/ecmascript-regex.json", "", "format `regex` is not asserted"},
  {"optional/format.json", "validation of JSON-pointers (JSON String "
        "Representation)", "format `json-pointer` is not asserted"},
  {"optional/format.json", "format: uri-template", "format `uri-template` is "
        "not asserted"},
  {"optional/format.json", "validation of URI References", "format "
        "`uri-reference` is not asserted"},
  {"optional/format/idn-email.json", "", "format `idn-email` is not asserted"},
  {"optional/format/idn-hostname.json", "", "format `idn-hostname` is not "
        "asserted"},
  {"optional/format/iri-reference.json", "", "format `iri-reference` is not "
        "asserted"},
  {"optional/format/iri.json", "", "format `iri` is not asserted"},
  {"optional/format/json-pointer.json", "", "format `json-pointer` is not "
        "asserted"},
  {"optional/format/regex.json", "", "format `regex` is not asserted"},
  {"optional/format/relative-json-pointer.json", "", "format "
        "`relative-json-pointer` is not asserted"},
  {"optional/format/uri-reference.json", "", "format `uri-reference` is not "
        "asserted"},
  {"optional/format/uri-template.json", "", "format `uri-template` is not "
        "asserted"},
};

static gboolean left_out_seen[G_N_ELEMENTS (left_out)];
static guint drafts_run;

static JsonNode *
parse (const gchar * text)
{
  GError *error = NULL;
  JsonNode *node = gst_voice_json_parse (text, -1, 1000000, 300, &error);

  g_assert_no_error (error);
  return node;
}

static GstVoiceSchema *
compile (const gchar * text)
{
  GError *error = NULL;
  JsonNode *node = parse (text);
  GstVoiceSchema *schema = gst_voice_schema_new (node, GST_VOICE_SCHEMA_FORMATS,
      &error);

  g_assert_no_error (error);
  json_node_unref (node);
  return schema;
}

static gint
is_left_out (const gchar * file, const gchar * group)
{
  for (guint i = 0; i < G_N_ELEMENTS (left_out); i++) {
    if (strcmp (left_out[i].file, file) == 0 && (!*left_out[i].group
            || strcmp (left_out[i].group, group) == 0))
      return i;
  }
  return -1;
}

/* What is refused must not compile, what is not asserted must. */
static void
check_left_out (guint i, const gchar * where, JsonNode * schema_node)
{
  GstVoiceSchema *schema = gst_voice_schema_new (schema_node,
      GST_VOICE_SCHEMA_FORMATS, NULL);

  left_out_seen[i] = TRUE;
  if (g_str_has_suffix (left_out[i].reason, "refused") == (schema != NULL))
    g_error ("%s: wrongly left out", where);
  g_clear_pointer (&schema, gst_voice_schema_unref);
}

static void
run_group (const gchar * draft, const gchar * file, JsonObject * group)
{
  const gchar *name = json_object_get_string_member (group, "description");
  JsonNode *schema_node = json_object_get_member (group, "schema");
  JsonArray *tests = json_object_get_array_member (group, "tests");
  gchar *where = g_strdup_printf ("%s %s: %s", draft, file, name);
  gint out = is_left_out (file, name);
  GError *error = NULL;
  GstVoiceSchema *schema;

  if (JSON_NODE_HOLDS_OBJECT (schema_node))
    json_object_set_string_member (json_node_get_object (schema_node),
        "$schema", strcmp (draft, "draft6") == 0 ?
        "http://json-schema.org/draft-06/schema#" :
        "http://json-schema.org/draft-07/schema#");
  if (out >= 0) {
    check_left_out (out, where, schema_node);
    g_free (where);
    return;
  }
  schema = gst_voice_schema_new (schema_node, GST_VOICE_SCHEMA_FORMATS, &error);
  if (!schema)
    g_error ("%s: %s", where, error->message);
  for (guint i = 0; i < json_array_get_length (tests); i++) {
    JsonObject *test = json_array_get_object_element (tests, i);
    GPtrArray *problems;
    gboolean valid = gst_voice_schema_validate (schema,
        json_object_get_member (test, "data"), &problems);

    if (valid != json_object_get_boolean_member (test, "valid"))
      g_error ("%s: %s", where, json_object_get_string_member (test,
              "description"));
    g_assert_true (valid == (problems == NULL));
    g_clear_pointer (&problems, g_ptr_array_unref);
  }
  gst_voice_schema_unref (schema);
  g_free (where);
}

static void
run_file (const gchar * draft, const gchar * file)
{
  gchar *path = g_build_filename (SUITE, draft, file, NULL);
  gchar *text;
  gsize size;
  GError *error = NULL;
  JsonNode *node;
  JsonArray *groups;

  g_file_get_contents (path, &text, &size, &error);
  g_assert_no_error (error);
  node = gst_voice_json_parse (text, size, G_MAXSIZE, 64, &error);
  g_assert_no_error (error);
  groups = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (groups); i++)
    run_group (draft, file, json_array_get_object_element (groups, i));
  json_node_unref (node);
  g_free (text);
  g_free (path);
}

static guint
run_folder (const gchar * draft, const gchar * folder)
{
  gchar *path = g_build_filename (SUITE, draft, folder, NULL);
  GDir *dir = g_dir_open (path, 0, NULL);
  const gchar *name;
  guint files = 0;

  while (dir && (name = g_dir_read_name (dir))) {
    gchar *file = *folder ? g_build_filename (folder, name, NULL) :
        g_strdup (name);

    if (g_str_has_suffix (name, ".json")) {
      run_file (draft, file);
      files++;
    }
    g_free (file);
  }
  if (dir)
    g_dir_close (dir);
  g_free (path);
  return files;
}

static void
suite (gconstpointer draft)
{
  if (!g_file_test (SUITE, G_FILE_TEST_IS_DIR)) {
    g_test_skip ("Debian's json-schema-test-suite is not installed");
    return;
  }
  g_assert_cmpuint (run_folder (draft, ""), >, 30);
  g_assert_cmpuint (run_folder (draft, "optional"), >, 2);
  run_folder (draft, "optional/format");
  drafts_run++;
}

/* The tables of left-out cases, here and in the documentation, are the same,
 * and each row was needed. Runs after the suite. */
static void
docs_tell_what_is_left_out (void)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), "docs",
      "schema.md", NULL);
  GString *table = g_string_new ("| file | case | why |\n"
      "| --- | --- | --- |\n");
  gchar *text;

  g_file_get_contents (path, &text, NULL, NULL);
  g_assert_nonnull (text);
  for (guint i = 0; i < G_N_ELEMENTS (left_out); i++) {
    g_string_append_printf (table, "| `%s` | %s | %s |\n", left_out[i].file,
        *left_out[i].group ? left_out[i].group : "all", left_out[i].reason);
    if (drafts_run == 2 && !left_out_seen[i])
      g_error ("%s %s: not in the suite", left_out[i].file, left_out[i].group);
  }
  g_string_append_c (table, '\n');
  if (!strstr (text, table->str))
    g_error ("docs/schema.md must have this table:\n%s", table->str);
  g_string_free (table, TRUE);
  g_free (text);
  g_free (path);
}

static void
differences_of_2020_12 (void)
{
  static const struct
  {
    const gchar *schema, *instance;
    gboolean valid;
  } rows[] = {
    {"{'prefixItems':[{'type':'integer'},{'type':'string'}]}", "[1,'a',2]",
        TRUE},
    {"{'prefixItems':[{'type':'integer'},{'type':'string'}]}", "['a']", FALSE},
    {"{'prefixItems':[true],'items':{'type':'string'}}", "[1,'a','b']", TRUE},
    {"{'prefixItems':[true],'items':{'type':'string'}}", "[1,'a',2]", FALSE},
    {"{'prefixItems':[true],'items':false}", "[1]", TRUE},
    {"{'prefixItems':[true],'items':false}", "[1,2]", FALSE},
    {"{'dependentRequired':{'a':['b','c']}}", "{'a':1,'b':1,'c':1}", TRUE},
    {"{'dependentRequired':{'a':['b','c']}}", "{'a':1,'b':1}", FALSE},
    {"{'dependentRequired':{'a':['b','c']}}", "{'b':1}", TRUE},
    {"{'dependentSchemas':{'a':{'required':['b']}}}", "{'a':1}", FALSE},
    {"{'dependentSchemas':{'a':{'required':['b']}}}", "{'c':1}", TRUE},
    {"{'dependentSchemas':{'a':false}}", "{'a':1}", FALSE},
    {"{'contains':{'type':'integer'},'minContains':2}", "[1,'a']", FALSE},
    {"{'contains':{'type':'integer'},'minContains':2}", "[1,'a',2]", TRUE},
    {"{'contains':{'type':'integer'},'maxContains':1}", "[1,'a',2]", FALSE},
    {"{'contains':{'type':'integer'},'maxContains':1}", "['a',2]", TRUE},
    {"{'contains':{'type':'integer'},'minContains':0}", "[]", TRUE},
    {"{'contains':{'type':'integer'},'minContains':0,'maxContains':1}",
        "[1,2]", FALSE},
    {"{'minContains':5}", "[]", TRUE},
    {"{'$defs':{'id':{'type':'integer'}},'items':{'$ref':'#/$defs/id'}}",
        "[1,2]", TRUE},
    {"{'$defs':{'id':{'type':'integer'}},'items':{'$ref':'#/$defs/id'}}",
        "[1,'2']", FALSE},
    /* The siblings of $ref count. */
    {"{'$ref':'#/$defs/a','maxItems':2,'$defs':{'a':{'type':'array'}}}",
        "[1,2,3]", FALSE},
    {"{'$ref':'#/$defs/a','maxItems':2,'$defs':{'a':{'type':'array'}}}",
        "[1,2]", TRUE},
    {"{'$defs':{'x':{'$anchor':'here','type':'null'}},'$ref':'#here'}",
        "null", TRUE},
    {"{'$defs':{'x':{'$anchor':'here','type':'null'}},'$ref':'#here'}",
        "1", FALSE},
    {"{'$id':'https://example.com/a/b','$defs':{'x':{'$id':'c','type':'null'}},"
          "'$ref':'c'}", "1", FALSE},
    {"{'$id':'https://example.com/a/b','$defs':{'x':{'$id':'c',"
          "'$defs':{'y':{'type':'null'}}}},'$ref':'/a/c#/$defs/y'}",
        "null", TRUE},
    {"{'$id':'https://example.com/a','$ref':'https://example.com/a#/$defs/x',"
          "'$defs':{'x':{'type':'null'}}}", "1", FALSE},
    {"{'$defs':{'x':{'$id':'#here','type':'null'}},'$ref':'#here'}", "1",
        FALSE},
    {"{'$id':'a#','items':{'$ref':'a'}}", "[[1]]", TRUE},
    {"{'$schema':'https://json-schema.org/draft/2020-12/schema',"
          "'type':['integer','null']}", "null", TRUE},
    /* A tree: the reference takes a step into the value. */
    {"{'type':'object','properties':{'kids':{'items':{'$ref':'#'}}}}",
        "{'kids':[{},{'kids':[{'kids':[]}]}]}", TRUE},
    {"{'type':'object','properties':{'kids':{'items':{'$ref':'#'}}}}",
        "{'kids':[{},{'kids':[{'kids':[1]}]}]}", FALSE},
    {"{'multipleOf':0.01}", "4.35", TRUE},
    {"{'multipleOf':0.1}", "1e300", TRUE},
    {"{'multipleOf':3}", "9007199254740993", TRUE},
    {"{'multipleOf':2}", "9007199254740993", FALSE},
    {"{'type':'integer'}", "1.0", TRUE},
    {"{'minLength':2,'maxLength':2}", "'\303\244\360\237\230\200'", TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *text = g_strdelimit (g_strdup (rows[i].schema), "'", '"');
    gchar *value = g_strdelimit (g_strdup (rows[i].instance), "'", '"');
    GstVoiceSchema *schema = compile (text);
    JsonNode *instance = parse (value);

    if (gst_voice_schema_validate (schema, instance, NULL) != rows[i].valid)
      g_error ("%s must %sbe valid for %s", value, rows[i].valid ? "" : "not ",
          text);
    json_node_unref (instance);
    gst_voice_schema_unref (schema);
    g_free (value);
    g_free (text);
  }
}

/* Problems as one text, a line each. */
static gchar *
tell (GPtrArray * problems)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; problems && i < problems->len; i++) {
    gchar *line = gst_voice_schema_problem_to_string (problems->pdata[i]);

    g_string_append_printf (all, "%s%s", i ? "\n" : "", line);
    g_free (line);
  }
  return g_string_free (all, FALSE);
}

static const struct
{
  const gchar *schema, *instance, *problems;
} told[] = {
  {"{'properties':{'date':{'format':'date'}}}", "{'date':'tuesday'}",
      "/date: must match the format date (YYYY-MM-DD), got \"tuesday\""},
  {"{'type':'string'}", "5", "must be a string, got the number 5"},
  {"{'type':['string','integer','null']}", "[1]",
      "must be a string, an integer or null, got the array [1]"},
  {"{'type':'integer'}", "'5'", "must be an integer, got the string \"5\""},
  {"{'type':'object'}", "null", "must be an object, got null"},
  {"{'enum':['red','green',3]}", "'grene'",
      "must be \"red\", \"green\" or 3, got \"grene\"; did you mean "
        "\"green\"?"},
  {"{'const':{'a':1}}", "2", "must be {\"a\":1}, got 2"},
  {"{'properties':{'seats':{'minimum':1,'maximum':8,'multipleOf':2}}}",
      "{'seats':9}", "/seats: must be at most 8, got 9\n"
        "/seats: must be a multiple of 2, got 9"},
  {"{'exclusiveMinimum':0}", "0", "must be greater than 0, got 0"},
  {"{'exclusiveMaximum':1.5}", "1.5", "must be less than 1.5, got 1.5"},
  {"{'minimum':1}", "0.5", "must be at least 1, got 0.5"},
  {"{'minLength':3}", "'\303\244b'",
      "must have at least 3 characters, has 2"},
  {"{'maxLength':1}", "'ab'", "must have at most 1 character, has 2"},
  {"{'pattern':'^[a-z]+$'}", "'A1'",
      "must match the pattern ^[a-z]+$, got \"A1\""},
  {"{'maxItems':2}", "[1,2,3]", "must have at most 2 items, has 3"},
  {"{'minProperties':1}", "{}", "must have at least 1 property, has 0"},
  {"{'minProperties':2}", "{}", "must have at least 2 properties, has 0"},
  {"{'uniqueItems':true}", "[1,2,1.0]",
      "must have no item twice, but /0 and /2 are the same"},
  {"{'required':['date'],'properties':{'date':{'type':'string'}}}",
      "{'daet':1}", "misses the property \"date\" (a string); is \"daet\" "
        "meant for it?"},
  {"{'required':['date']}", "{}", "misses the property \"date\""},
  {"{'additionalProperties':false,'properties':{'timeout':{},'a/b':{}}}",
        "{'timout':1}",
      "/timout: unknown property \"timout\"; did you mean \"timeout\"?"},
  {"{'additionalProperties':false,'properties':{'timeout':{},'voice':{}}}",
        "{'banana':1,'voice':2}",
      "/banana: unknown property \"banana\"; what "
        "may stand here still: timeout"},
  {"{'additionalProperties':false,'properties':{'a':{}}}",
        "{'a':1,'banana':2}",
      "/banana: unknown property \"banana\"; leave it out"},
  {"{'additionalProperties':{'type':'null'}}", "{'x/y':[]}",
      "/x~1y: must be null, got the array []"},
  {"{'properties':{'x':false}}", "{'x':1}", "/x: must not be here"},
  {"{'propertyNames':{'maxLength':2}}", "{'abc':1}", "/abc: is no name for "
        "a property here: must have at most 2 characters, has 3"},
  {"{'dependentRequired':{'a':['b']}}", "{'a':1}",
      "misses the property \"b\", which \"a\" needs beside it"},
  {"{'dependentSchemas':{'a':false}}", "{'a':1}",
      "must not have the property \"a\""},
  {"{'prefixItems':[true],'items':false}", "[1,2]",
      "must have at most 1 item, has 2"},
  {"{'contains':{'type':'null'}}", "[1]", "must contain at least 1 item of "
        "the kind that \"contains\" describes, has 0"},
  {"{'contains':{'type':'null'},'maxContains':1}", "[null,null]",
      "must contain at most 1 item of the kind that \"contains\" describes, "
        "has 2"},
  {"{'anyOf':[{'type':'string'},{'type':['null','integer']}]}", "true",
      "must be a string or an integer or null, got true"},
  {"{'anyOf':[{'type':'string'},{'required':['number']},"
        "{'required':['a','b']}]}", "{'nubmer':1}",
      "fits none of the 3 forms; the nearest is form 2: misses the property "
        "\"number\"; is \"nubmer\" meant for it?"},
  {"{'oneOf':[{'type':'string'},{'maxLength':2},{'type':'null'}]}", "'a'",
      "must fit exactly one of the 3 forms, but fits both form 1 and form "
        "2"},
  {"{'not':{'type':'null'}}", "null", "must not fit {\"type\":\"null\"}, got "
        "null"},
  {"{'if':{'properties':{'kind':{'const':'a'}}},'then':{'required':['x']},"
        "'else':{'required':['y']}}", "{'kind':'a'}",
      "misses the property \"x\""},
  {"{'if':{'properties':{'kind':{'const':'a'}}},'then':{'required':['x']},"
        "'else':{'required':['y']}}", "{'kind':'b'}",
      "misses the property \"y\""},
  {"{'items':{'$ref':'#/$defs/n'},'$defs':{'n':{'type':'integer'}}}",
      "[1,'two',3,null]", "/1: must be an integer, got the string \"two\"\n"
        "/3: must be an integer, got null"},
  {"{'type':'null'}", "'0123456789012345678901234567890123456789012345678901"
        "23456789'", "must be null, got the string \"0123456789012345678901"
        "2345678901234567890123456789012345678\342\200\246"},
};

static void
messages (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (told); i++) {
    gchar *text = g_strdelimit (g_strdup (told[i].schema), "'", '"');
    gchar *value = g_strdelimit (g_strdup (told[i].instance), "'", '"');
    GstVoiceSchema *schema = compile (text);
    JsonNode *instance = parse (value);
    GPtrArray *problems;
    gchar *text_told;

    g_assert_false (gst_voice_schema_validate (schema, instance, &problems));
    text_told = tell (problems);
    g_assert_cmpstr (text_told, ==, told[i].problems);
    g_free (text_told);
    g_ptr_array_unref (problems);
    json_node_unref (instance);
    gst_voice_schema_unref (schema);
    g_free (value);
    g_free (text);
  }
}

static void
refused_schemas (void)
{
  static const gchar *const rows[][2] = {
    {"1", "a schema must be an object, true or false"},
    {"{'properties':{'a':{'type':'strng'}}}", "/properties/a/type: unknown "
          "type \"strng\"; did you mean \"string\"?"},
    {"{'type':'any'}", "/type: unknown type \"any\"; there are null, boolean, "
          "integer, number, string, array and object"},
    {"{'type':5}", "/type: must be a type's name or an array of such names"},
    {"{'type':[]}", "/type: must name at least one type"},
    {"{'enum':{}}", "/enum: must be an array"},
    {"{'enum':[]}", "/enum: has no values, so nothing would match"},
    {"{'minimum':'1'}", "/minimum: must be a number"},
    {"{'exclusiveMinimum':true}", "/exclusiveMinimum: must be a number (a "
          "boolean was right in draft 4 only)"},
    {"{'multipleOf':0}", "/multipleOf: must be greater than 0"},
    {"{'maxLength':-1}", "/maxLength: must be a whole number from 0 up"},
    {"{'maxLength':1.5}", "/maxLength: must be a whole number from 0 up"},
    {"{'maxLength':1e300}", "/maxLength: must be a whole number from 0 up"},
    {"{'uniqueItems':1}", "/uniqueItems: must be true or false"},
    {"{'pattern':1}", "/pattern: must be a string"},
    {"{'properties':[]}", "/properties: must be an object"},
    {"{'properties':{'a':1}}", "/properties/a: a schema must be an object, "
          "true or false"},
    {"{'properties':{'a':{'required':true}}}", "/properties/a/required: must "
          "be an array of property names beside \"properties\", not a mark on "
          "one of them"},
    {"{'required':[1]}", "/required: must be an array of property names"},
    {"{'dependentRequired':{'a/b':1}}", "/dependentRequired/a~1b: must be an "
          "array of property names"},
    {"{'allOf':[]}", "/allOf: must have at least one schema"},
    {"{'allOf':{}}", "/allOf: must be an array"},
    {"{'allOf':[true,3]}", "/allOf/1: a schema must be an object, true or "
          "false"},
    {"{'items':[true],'prefixItems':[true]}", "/prefixItems: \"prefixItems\" "
          "and an array of \"items\" exclude one another"},
    {"{'$ref':'#/$defs/x'}", "/$ref: \"#/$defs/x\" leads to nothing in this "
          "schema"},
    {"{'$ref':'#x'}", "/$ref: \"#x\" leads to nothing in this schema"},
    {"{'$ref':'#%zz'}", "/$ref: \"#%zz\" leads to nothing in this schema"},
    {"{'$ref':'other.json'}", "/$ref: \"other.json\" leads to another "
          "document, which is not supported; put what it means under "
          "\"$defs\""},
    {"{'items':{'$ref':5}}", "/items/$ref: must be a string"},
    {"{'$ref':'#'}", "refers back to itself without a step into the value"},
    {"{'$defs':{'a':{'allOf':[{'$ref':'#/$defs/b'}]},'b':{'not':{'$ref':"
          "'#/$defs/a'}}},'properties':{'x':{'$ref':'#/$defs/a'}}}",
        "/$defs/a: refers back to itself without a step into the value"},
    {"{'$defs':{'x':{'type':'nul'}}}", "/$defs/x/type: unknown type \"nul\"; "
          "did you mean \"null\"?"},
    {"{'$schema':'http://json-schema.org/draft-04/schema#'}", "/$schema: only "
          "draft 6, 7, 2019-09 and 2020-12 of JSON Schema are understood"},
    {"{'unevaluatedProperties':false}", "/unevaluatedProperties: "
          "\"unevaluatedProperties\" is not supported"},
    {"{'$dynamicRef':'#x'}", "/$dynamicRef: \"$dynamicRef\" is not supported"},
    {"{'contentEncoding':'base64'}", "/contentEncoding: \"contentEncoding\" is "
          "not supported"},
    {"{'type':'string','nullable':true}", "/nullable: \"nullable\" is not "
          "supported; name \"null\" among the types instead"},
    {"{'properties':{'a':{'minlength':1}}}", "/properties/a/minlength: unknown "
          "keyword \"minlength\"; did you mean \"minLength\"?"},
    {"{'requried':['a']}", "/requried: unknown keyword \"requried\"; did you "
          "mean \"required\"?"},
    {"{'format':1}", "/format: must be a string"},
    {"{'patternProperties':{'a(':{}}}", "/patternProperties/a(: \"a(\" is no "
          "regular expression: *"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *text = g_strdelimit (g_strdup (rows[i][0]), "'", '"');
    JsonNode *node = parse (text);
    GError *error = NULL;

    g_assert_null (gst_voice_schema_new (node, 0, &error));
    g_assert_error (error, GST_VOICE_JSON_ERROR, GST_VOICE_JSON_ERROR_SYNTAX);
    if (!g_pattern_match_simple (rows[i][1], error->message))
      g_error ("%s: \"%s\" instead of \"%s\"", text, error->message,
          rows[i][1]);
    g_clear_error (&error);
    json_node_unref (node);
    g_free (text);
  }
}

static void
all_problems_of_a_schema (void)
{
  JsonNode *node = parse ("{\"type\":\"x\",\"items\":{\"enum\":1},"
      "\"not\":{\"$ref\":\"y\"}}");
  GPtrArray *problems;

  g_assert_null (gst_voice_schema_compile (node, 0, &problems));
  g_assert_cmpuint (problems->len, ==, 3);
  g_ptr_array_unref (problems);
  json_node_unref (node);
}

static void
unknown_keywords_are_annotations (void)
{
  gst_voice_schema_unref (compile ("{\"x-order\":1,\"example\":2,\"note\":3,"
          "\"content\":{},\"title\":4,\"strict\":true,\"id\":\"a\"}"));
}

static void
ecma_patterns (void)
{
  /* An expression, a text, and whether it matches. */
  static const struct
  {
    const gchar *pattern, *text;
    gboolean matches;
  } rows[] = {
    {"^\\d+$", "12", TRUE}, {"^\\d+$", "\331\243", FALSE},
    {"^\\D$", "\331\243", TRUE}, {"^[\\D]$", "5", FALSE},
    {"^\\w$", "\303\244", FALSE}, {"^[\\w-]+$", "a-b_9", TRUE},
    {"^\\W$", "\303\244", TRUE}, {"^\\s$", "\357\273\277", TRUE},
    {"^\\s$", "\302\205", FALSE}, {"^\\S$", "\302\205", TRUE},
    {"a$", "a\n", FALSE}, {"^b", "a\nb", FALSE}, {"^a.b$", "a\302\205b", TRUE},
    {"^a.b$", "a\nb", FALSE}, {"^[^]$", "\n", TRUE}, {"^[]", "a", FALSE},
    {"\\bfoo\\b", "a foo b", TRUE}, {"\\bfoo\\b", "a foob", FALSE},
    {"o\\b", "o\303\244", TRUE}, {"\\Boo", "foo", TRUE},
    {"^[\\b]$", "\b", TRUE}, {"^\\u00e4\\u{1F600}$",
        "\303\244\360\237\230\200", TRUE},
    {"^\\ud83d\\ude00$", "\360\237\230\200", TRUE},
    {"^\\x41\\cJ\\0?$", "A\n", TRUE}, {"^\\t\\n\\v\\f\\r$", "\t\n\v\f\r", TRUE},
    {"^a{2}$", "aa", TRUE}, {"^a{2,}$", "aaa", TRUE}, {"^a{1,2}?$", "aa", TRUE},
    {"^a{,2}$", "a{,2}", TRUE}, {"^{}$", "{}", TRUE}, {"^]$", "]", TRUE},
    {"^[[:alpha:]]$", "a]", TRUE}, {"^[[:alpha:]]$", "z", FALSE},
    {"^(a)(?:b)\\1$", "aba", TRUE}, {"^(?<x>a)\\k<x>$", "aa", TRUE},
    {"^(?=a)a(?!b)", "ac", TRUE}, {"(?<=a)b", "ab", TRUE},
    {"(?<!a)b", "ab", FALSE}, {"^\\p{Lu}$", "\303\204", TRUE},
    {"^\\P{Lu}$", "\303\204", FALSE}, {"^\\/\\-\\@$", "/-@", TRUE},
    {"^(a|b)*$", "abba", TRUE}, {"|a", "", TRUE}, {"^\\.$", "x", FALSE},
    {"^[a\\]]$", "]", TRUE}, {"^[^a]$", "b", TRUE},
    {"^\\p{L}+$", "\327\251", TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    JsonObject *object = json_object_new ();
    JsonNode *node = json_node_init_object (json_node_alloc (), object);
    JsonNode *text = json_node_init_string (json_node_alloc (), rows[i].text);
    GError *error = NULL;
    GstVoiceSchema *schema;

    json_object_set_string_member (object, "pattern", rows[i].pattern);
    schema = gst_voice_schema_new (node, 0, &error);
    g_assert_no_error (error);
    if (gst_voice_schema_validate (schema, text, NULL) != rows[i].matches)
      g_error ("%s with \"%s\"", rows[i].pattern, rows[i].text);
    gst_voice_schema_unref (schema);
    json_node_unref (text);
    json_node_unref (node);
    json_object_unref (object);
  }
}

static void
foreign_patterns (void)
{
  static const gchar *const rows[] = { "\\Aa", "a\\Z", "a\\z", "(?>a)",
    "a++", "a*+", "a{2}+", "(?R)", "(?P<x>a)", "(*UTF)a", "a**", "*a", "(?i)a",
    "\\Qa\\E", "\\h", "\\R", "\\X", "\\K", "a(", "a)", "[a", "\\",
    "\\u12", "\\u{}", "\\u{110000}", "\\ud83d", "\\x1", "\\c1", "\\00",
    "\\pL", "\\k", "[\\1]", "\\e", "\\a", "(?#x)", "(?|a)", "(?1)", "(?'x'a)",
    "\\g1", "(?<1a>b)", "|*", "^*", "[b-a]", "(?<=a+)b", "(?(1)a)"
  };
  gchar *longest = g_strnfill (5000, 'a');

  for (guint i = 0; i <= G_N_ELEMENTS (rows); i++) {
    JsonObject *object = json_object_new ();
    JsonNode *node = json_node_init_object (json_node_alloc (), object);

    json_object_set_string_member (object, "pattern",
        i < G_N_ELEMENTS (rows) ? rows[i] : longest);
    if (gst_voice_schema_new (node, 0, NULL))
      g_error ("%s was taken", rows[i]);
    json_node_unref (node);
    json_object_unref (object);
  }
  g_free (longest);
}

static void
formats (void)
{
  static const struct
  {
    const gchar *format, *text;
    gboolean valid;
  } rows[] = {
    {"date", "2024-02-29", TRUE}, {"date", "2023-02-29", FALSE},
    {"date", "2000-02-29", TRUE}, {"date", "1900-02-29", FALSE},
    {"date", "0000-02-29", TRUE}, {"date", "2024-00-10", FALSE},
    {"date", "2024-13-01", FALSE}, {"date", "2024-1-01", FALSE},
    {"date", "2024-01-00", FALSE}, {"date", "2024-01-01x", FALSE},
    {"date", "", FALSE}, {"time", "23:59:60Z", TRUE},
    {"time", "22:59:60Z", FALSE}, {"time", "00:29:60+00:30", TRUE},
    {"time", "15:59:60-08:00", TRUE}, {"time", "12:00:00", FALSE},
    {"time", "24:00:00Z", FALSE}, {"time", "12:60:00Z", FALSE},
    {"time", "12:00:00.Z", FALSE}, {"time", "12:00:00+0100", FALSE},
    {"time", "12:00:00+01:60", FALSE},
    {"date-time", "2024-05-01T12:00:00+02:00", TRUE},
    {"date-time", "2024-05-01 12:00:00Z", FALSE},
    {"email", "a.b+c@example.com", TRUE}, {"email", "@example.com", FALSE},
    {"email", "a@", FALSE}, {"email", ".a@example.com", FALSE},
    {"email", "a.@example.com", FALSE}, {"email", "a..b@example.com", FALSE},
    {"email", "a b@example.com", FALSE}, {"email", "a@b@example.com", FALSE},
    {"hostname", "a", TRUE}, {"hostname", "a-", FALSE},
    {"hostname", "a-.b", FALSE}, {"hostname", "a..b", FALSE},
    {"hostname", ".a", FALSE}, {"hostname", "a.", FALSE},
    {"hostname", "", FALSE}, {"hostname", "\303\244.de", FALSE},
    {"ipv4", "1.2.3.04", FALSE}, {"ipv4", "1.2.3.4", TRUE},
    {"ipv6", "2001:db8::1", TRUE}, {"ipv6", "::ffff:1.2.3.4", TRUE},
    {"ipv6", "fe80::1%eth0", FALSE}, {"uri", "https://example.com/%41", TRUE},
    {"uri", "https://example.com/%4", FALSE}, {"uri", "a b:", FALSE},
    {"uri", "1a:b", FALSE}, {"uri", "x:\303\244", FALSE},
    {"uuid", "123e4567-e89b-12d3-a456-426614174000", TRUE},
    {"uuid", "123E4567-e89b-12d3-a456-42661417400", FALSE},
    {"uuid", "123e4567-e89b-12d3-a456-4266141740000", FALSE},
    {"uuid", "123e4567xe89b-12d3-a456-426614174000", FALSE},
    {"no-such-format", "anything", TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    JsonObject *object = json_object_new ();
    JsonNode *node = json_node_init_object (json_node_alloc (), object);
    JsonNode *text = json_node_init_string (json_node_alloc (), rows[i].text);
    GstVoiceSchema *strict, *lax;

    json_object_set_string_member (object, "format", rows[i].format);
    strict = gst_voice_schema_new (node, GST_VOICE_SCHEMA_FORMATS, NULL);
    lax = gst_voice_schema_new (node, GST_VOICE_SCHEMA_NONE, NULL);
    if (gst_voice_schema_validate (strict, text, NULL) != rows[i].valid)
      g_error ("%s with \"%s\"", rows[i].format, rows[i].text);
    g_assert_true (gst_voice_schema_validate (lax, text, NULL));
    gst_voice_schema_unref (strict);
    gst_voice_schema_unref (lax);
    json_node_unref (text);
    json_node_unref (node);
    json_object_unref (object);
  }
}

static void
defaults (void)
{
  static const gchar *const rows[][3] = {
    {"{'properties':{'a':{'default':1},'b':{'default':[2]},'c':{}}}",
        "{'b':0}", "{'b':0,'a':1}"},
    {"{'properties':{'z':{'default':1},'a':{'default':2},'m':{'default':3}}}",
        "{}", "{'z':1,'a':2,'m':3}"},
    {"{'properties':{'o':{'default':{},'properties':{'x':{'default':1}}},"
          "'p':{'properties':{'x':{'default':1}}}}}",
        "{}", "{'o':{'x':1}}"},
    {"{'properties':{'p':{'properties':{'x':{'default':1}}}}}",
        "{'p':{}}", "{'p':{'x':1}}"},
    {"{'items':{'properties':{'x':{'default':1}}}}", "[{},{'x':2},3]",
        "[{'x':1},{'x':2},3]"},
    {"{'prefixItems':[{'properties':{'x':{'default':1}}}],"
          "'items':{'properties':{'y':{'default':2}}}}", "[{},{}]",
        "[{'x':1},{'y':2}]"},
    {"{'allOf':[{'properties':{'x':{'default':1}}}],'$ref':'#/$defs/d',"
          "'$defs':{'d':{'properties':{'y':{'default':null}}}}}", "{}",
        "{'y':null,'x':1}"},
    {"{'properties':{'x':{'$ref':'#/$defs/d'}},'$defs':{'d':{'default':5}}}",
        "{}", "{'x':5}"},
    /* Would never end. */
    {"{'properties':{'x':{'$ref':'#','default':{}}}}", "{}", "{'x':{}}"},
    {"{'properties':{'x':{'$ref':'#','default':{}}}}", "{'x':{}}",
        "{'x':{'x':{}}}"},
    {"true", "{}", "{}"}, {"{'properties':{'a':{'default':1}}}", "[]", "[]"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *text = g_strdelimit (g_strdup (rows[i][0]), "'", '"');
    gchar *value = g_strdelimit (g_strdup (rows[i][1]), "'", '"');
    gchar *wanted = g_strdelimit (g_strdup (rows[i][2]), "'", '"');
    GstVoiceSchema *schema = compile (text);
    JsonNode *instance = parse (value);
    gchar *got;

    gst_voice_schema_fill_defaults (schema, instance);
    got = gst_voice_json_to_string (instance);
    g_assert_cmpstr (got, ==, wanted);
    g_free (got);
    json_node_unref (instance);
    gst_voice_schema_unref (schema);
    g_free (wanted);
    g_free (value);
    g_free (text);
  }
}

static void
assert_only_problem (const gchar * schema_text, JsonNode * instance,
    const gchar * message)
{
  GstVoiceSchema *schema = compile (schema_text);
  GPtrArray *problems;

  g_assert_false (gst_voice_schema_validate (schema, instance, &problems));
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_cmpstr (((GstVoiceSchemaProblem *) problems->pdata[0])->message, ==,
      message);
  g_ptr_array_unref (problems);
  gst_voice_schema_unref (schema);
}

/* 2^40 ways and more through the references, each of which must be gone once;
 * otherwise the steps run out and the value is invalid. */
static void
no_exponential_work (void)
{
  static const gchar *const forms[] = {
    "\"allOf\":[{\"$ref\":\"#/$defs/%u\"},{\"$ref\":\"#/$defs/%u\"}]",
    "\"anyOf\":[{\"not\":{\"$ref\":\"#/$defs/%u\"}},"
        "{\"$ref\":\"#/$defs/%u\"}]",
    "\"oneOf\":[{\"$ref\":\"#/$defs/%u\"},"
        "{\"not\":{\"$ref\":\"#/$defs/%u\"}}]",
    "\"if\":{\"$ref\":\"#/$defs/%u\"},\"then\":{\"$ref\":\"#/$defs/%u\"}"
  };

  for (guint form = 0; form < G_N_ELEMENTS (forms); form++) {
    GString *text = g_string_new ("{\"items\":{\"$ref\":\"#/$defs/0\"},"
        "\"$defs\":{");
    JsonNode *instance = parse ("[5,6]");
    GstVoiceSchema *schema;

    for (guint i = 0; i < 20; i++) {
      gchar *number = g_strdup_printf ("%u", i + 1);
      gchar **parts = g_strsplit (forms[form], "%u", -1);
      gchar *body = g_strjoinv (number, parts);

      g_string_append_printf (text, "\"%u\":{%s},", i, body);
      g_free (body);
      g_strfreev (parts);
      g_free (number);
    }
    g_string_append (text, "\"20\":{\"type\":\"integer\"}}}");
    schema = compile (text->str);
    g_assert_true (gst_voice_schema_validate (schema, instance, NULL));
    gst_voice_schema_unref (schema);
    json_node_unref (instance);
    g_string_free (text, TRUE);
  }
}

static void
limits (void)
{
  GString *deep = g_string_new (NULL), *wide = g_string_new ("[");
  GString *chain = g_string_new (NULL);
  JsonNode *node;

  /* A value too deep for the stack, and its schema. */
  for (guint i = 0; i < 290; i++)
    g_string_append_c (deep, '[');
  for (guint i = 0; i < 290; i++)
    g_string_append_c (deep, ']');
  node = parse (deep->str);
  assert_only_problem ("{\"items\":{\"$ref\":\"#\"}}", node,
      "is nested too deep to be checked against this schema");
  g_assert_null (gst_voice_schema_new (node, 0, NULL));
  json_node_unref (node);

  for (guint i = 0; i < 2000; i++)
    g_string_append_printf (wide, "%s%u", i ? "," : "", i);
  g_string_append_c (wide, ']');
  node = parse (wide->str);
  g_string_prepend (wide, "{\"items\":{\"enum\":");
  g_string_append (wide, "}}");
  assert_only_problem (wide->str, node,
      "is too large to be checked against this schema");
  assert_only_problem ("{\"not\":{\"items\":{\"allOf\":[{\"type\":\"null\"}]}},"
      "\"type\":\"string\"}", node, "must be a string, got the array "
      "[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,"
      "\342\200\246");
  json_node_unref (node);

  /* Catastrophic backtracking: invalid, also where a match is not wanted. */
  node = parse ("\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"");
  assert_only_problem ("{\"pattern\":\"^(a+)+$\"}", node,
      "takes too long to be matched with a pattern");
  assert_only_problem ("{\"not\":{\"pattern\":\"^(a+)+$\"}}", node,
      "takes too long to be matched with a pattern");
  json_node_unref (node);

  for (guint i = 0; i < 100; i++)
    g_string_append (chain, "{\"not\":");
  g_string_append (chain, "true");
  for (guint i = 0; i < 100; i++)
    g_string_append_c (chain, '}');
  node = parse (chain->str);
  g_assert_null (gst_voice_schema_new (node, 0, NULL));
  json_node_unref (node);
  g_string_assign (chain, "{\"prefixItems\":[{}");
  for (guint i = 0; i < 10000; i++)
    g_string_append (chain, ",{}");
  g_string_append (chain, "]}");
  node = parse (chain->str);
  g_assert_null (gst_voice_schema_new (node, 0, NULL));
  json_node_unref (node);

  g_string_free (chain, TRUE);
  g_string_free (wide, TRUE);
  g_string_free (deep, TRUE);
}

static void
problems_are_bounded (void)
{
  GstVoiceSchema *schema = compile ("{\"items\":{\"type\":\"string\"}}");
  GString *text = g_string_new ("[0");
  GPtrArray *problems;
  JsonNode *node;

  for (guint i = 0; i < 1000; i++)
    g_string_append (text, ",0");
  g_string_append_c (text, ']');
  node = parse (text->str);
  g_assert_false (gst_voice_schema_validate (schema, node, &problems));
  g_assert_cmpuint (problems->len, ==, 32);
  g_ptr_array_unref (problems);
  json_node_unref (node);
  g_string_free (text, TRUE);
  gst_voice_schema_unref (schema);
}

static gpointer
validate_often (gpointer schema)
{
  JsonNode *good = parse ("{\"a\":[{\"a\":[]}],\"b\":\"2024-01-01\"}");
  JsonNode *bad = parse ("{\"a\":[{\"a\":[1]}],\"b\":\"x\"}");

  for (guint i = 0; i < 200; i++) {
    GPtrArray *problems;

    g_assert_true (gst_voice_schema_validate (schema, good, NULL));
    g_assert_false (gst_voice_schema_validate (schema, bad, &problems));
    g_assert_cmpuint (problems->len, ==, 3);
    g_ptr_array_unref (problems);
  }
  json_node_unref (good);
  json_node_unref (bad);
  gst_voice_schema_unref (schema);
  return NULL;
}

static void
threads (void)
{
  GstVoiceSchema *schema = compile ("{\"type\":\"object\",\"properties\":{"
      "\"a\":{\"items\":{\"$ref\":\"#\"}},\"b\":{\"format\":\"date\","
      "\"pattern\":\"^\\\\d{4}\"}}}");
  GThread *running[4];

  for (guint i = 0; i < G_N_ELEMENTS (running); i++)
    running[i] = g_thread_new ("validate", validate_often,
        gst_voice_schema_ref (schema));
  for (guint i = 0; i < G_N_ELEMENTS (running); i++)
    g_thread_join (running[i]);
  gst_voice_schema_unref (schema);
}

/* The caller may do with its tree what it likes afterwards. */
static void
schema_is_a_copy (void)
{
  JsonNode *node = parse ("{\"properties\":{\"a\":{\"enum\":[1]}}}");
  JsonNode *instance = parse ("{\"a\":1}");
  GstVoiceSchema *schema = gst_voice_schema_new (node, 0, NULL);

  json_object_remove_member (json_node_get_object (node), "properties");
  json_node_unref (node);
  g_assert_true (gst_voice_schema_validate (schema, instance, NULL));
  gst_voice_schema_unref (schema);
  json_node_unref (instance);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/schema/suite/draft7", "draft7", suite);
  g_test_add_data_func ("/schema/suite/draft6", "draft6", suite);
  g_test_add_func ("/schema/suite/docs", docs_tell_what_is_left_out);
  g_test_add_func ("/schema/2020-12", differences_of_2020_12);
  g_test_add_func ("/schema/messages", messages);
  g_test_add_func ("/schema/refused", refused_schemas);
  g_test_add_func ("/schema/all-problems", all_problems_of_a_schema);
  g_test_add_func ("/schema/annotations", unknown_keywords_are_annotations);
  g_test_add_func ("/schema/pattern/ecma", ecma_patterns);
  g_test_add_func ("/schema/pattern/foreign", foreign_patterns);
  g_test_add_func ("/schema/formats", formats);
  g_test_add_func ("/schema/defaults", defaults);
  g_test_add_func ("/schema/no-exponential-work", no_exponential_work);
  g_test_add_func ("/schema/limits", limits);
  g_test_add_func ("/schema/problems-bounded", problems_are_bounded);
  g_test_add_func ("/schema/threads", threads);
  g_test_add_func ("/schema/copy", schema_is_a_copy);
  return g_test_run ();
}
