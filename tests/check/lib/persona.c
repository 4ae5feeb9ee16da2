/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Personas: what is read, a line for everything that is wrong, the words that
 * depend on the call, and that docs/persona.md tells the truth.
 */
#include <gst-voice/persona.h>

#include <glib/gstdio.h>
#include <string.h>

/* A folder with a description and a prompt in it. */
typedef struct
{
  gchar *folder;
} Fixture;

static void
write_file (const gchar * folder, const gchar * name, const gchar * text,
    gssize length)
{
  gchar *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, length, NULL));
  g_free (path);
}

static void
set_up (Fixture * f, gconstpointer unused)
{
  f->folder = g_dir_make_tmp ("gst-voice-XXXXXX", NULL);
  write_file (f->folder, "clinic.launch", "fakesrc ! fakesink", -1);
  write_file (f->folder, "prompt.txt", "You are {{name}}.\nBe brief.\n\n", -1);
}

static void
tear_down (Fixture * f, gconstpointer unused)
{
  GDir *dir = g_dir_open (f->folder, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir))) {
    gchar *path = g_build_filename (f->folder, name, NULL);

    g_assert_cmpint (g_remove (path), ==, 0);
    g_free (path);
  }
  g_dir_close (dir);
  g_rmdir (f->folder);
  g_free (f->folder);
}

/* With ' for ". */
static GstVoicePersona *
load (Fixture * f, const gchar * text, GError ** error)
{
  gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  GstVoicePersona *persona = gst_voice_persona_new_from_json (json, -1,
      "p.json", f->folder, error);

  g_free (json);
  return persona;
}

static GstVoicePersona *
load_good (Fixture * f, const gchar * text)
{
  GError *error = NULL;
  GstVoicePersona *persona = load (f, text, &error);

  g_assert_no_error (error);
  return persona;
}

#define HEAD "'name':'clinic','pipeline':'clinic.launch'"

static void
minimal (Fixture * f, gconstpointer unused)
{
  GstVoicePersona *persona = load_good (f, "{" HEAD "}");
  gchar *path = g_build_filename (f->folder, "clinic.launch", NULL);
  GValue value = G_VALUE_INIT;

  g_assert_cmpstr (gst_voice_persona_get_string (persona, "name"), ==,
      "clinic");
  g_assert_cmpstr (gst_voice_persona_get_pipeline (persona), ==, path);
  g_assert_cmpuint (gst_voice_persona_get_tools (persona)->len, ==, 0);
  g_assert_null (gst_voice_persona_get_string (persona, "voice"));
  g_assert_null (gst_voice_persona_get_node (persona, "welcome-message"));
  /* Defaults of the schema. */
  g_assert_cmpint (gst_voice_persona_get_int (persona,
          "limits.inactivity.timeout", -1), ==, 30);
  g_assert_cmpint (gst_voice_persona_get_int (persona,
          "limits.budget.same-reply", -1), ==, 3);
  g_assert_false (gst_voice_persona_get_bool (persona, "recording.mode", TRUE));
  g_assert_true (gst_voice_persona_get_bool (persona, "recording.agent",
          FALSE));

  g_value_init (&value, GST_TYPE_VOICE_PERSONA);
  g_value_take_boxed (&value, persona);
  persona = g_value_dup_boxed (&value);
  g_value_unset (&value);
  gst_voice_persona_unref (persona);
  g_free (path);
}

static const gchar full[] = "{'$schema':'persona.schema.json'," HEAD ","
    "'language':'en-GB','voice':'amy','time-zone':'Europe/Berlin',"
    "'temperature':0.5,'system-prompt':{'file':'prompt.txt'},"
    "'welcome-message':{'text':'Hello {{caller}}','interruptible':false},"
    "'tools':[{'name':'end_call','kind':'builtin'},"
    "{'name':'book','kind':'http','description':'Books.',"
    "'parameters':{'type':'object','properties':{'date':{'format':'date'}}},"
    "'url':'https://example.com/book','headers':{'X-Key':'env:KEY'},"
    "'filler':'One moment.','timeout':5,'idempotency':true},"
    "{'name':'hours','kind':'static','description':'Opening hours.',"
    "'access':'read','result':null,'delay':0.5}],"
    "'limits':{'inactivity':{'timeout':20,'reminders':['Hello?','Still there?']"
    "},'session':{'limit':0}},'turn':{'min-silence':0.4,'smart':true},"
    "'lexicon':{'Dr.':'doctor','e.g.':'for example'},'key-terms':['Ibuprofen'],"
    "'values':{'model':'small','size':3,'fast':true},"
    "'variables':{'plan':'basic','visits':2},'recording':{'mode':'on'},"
    "'summary':{'prompt':'Sum up.','schema':{'type':'object'}},"
    "'evaluation':{'prompt':{'file':'prompt.txt'}}}";

static void
everything (Fixture * f, gconstpointer unused)
{
  GstVoicePersona *persona = load_good (f, full);
  const GstVoicePersonaTool *tool;
  JsonNode *date;

  g_assert_cmpstr (gst_voice_persona_get_string (persona, "system-prompt"), ==,
      "You are {{name}}.\nBe brief.");
  g_assert_cmpstr (gst_voice_persona_get_string (persona,
          "evaluation.prompt"), ==, "You are {{name}}.\nBe brief.");
  g_assert_cmpstr (gst_voice_persona_get_string (persona,
          "welcome-message.text"), ==, "Hello {{caller}}");
  g_assert_false (gst_voice_persona_get_bool (persona,
          "welcome-message.interruptible", TRUE));
  g_assert_cmpfloat (gst_voice_persona_get_double (persona, "temperature", -1),
      ==, 0.5);
  g_assert_cmpstr (gst_voice_persona_get_string (persona,
          "limits.inactivity.reminders.1"), ==, "Still there?");
  g_assert_cmpint (gst_voice_persona_get_int (persona,
          "limits.session.warning", -1), ==, 60);
  g_assert_true (gst_voice_persona_get_bool (persona, "recording.mode", FALSE));

  g_assert_cmpuint (gst_voice_persona_get_tools (persona)->len, ==, 3);
  tool = gst_voice_persona_get_tools (persona)->pdata[0];
  g_assert_cmpstr (tool->name, ==, "end_call");
  g_assert_cmpint (tool->kind, ==, GST_VOICE_TOOL_BUILTIN);
  g_assert_null (tool->schema);
  tool = gst_voice_persona_get_tool (persona, "book");
  g_assert_cmpint (tool->kind, ==, GST_VOICE_TOOL_HTTP);
  g_assert_cmpint (tool->access, ==, GST_VOICE_TOOL_WRITE);
  g_assert_cmpfloat (tool->timeout, ==, 5);
  g_assert_cmpstr (tool->filler, ==, "One moment.");
  g_assert_cmpfloat (tool->filler_after, <, 0);
  g_assert_cmpstr (tool->url, ==, "https://example.com/book");
  g_assert_cmpstr (tool->method, ==, "POST");
  g_assert_cmpstr (json_object_get_string_member (tool->headers, "X-Key"), ==,
      "env:KEY");
  g_assert_true (tool->idempotency);
  date = gst_voice_json_parse ("{\"date\":\"tuesday\"}", -1, 100, 9, NULL);
  g_assert_false (gst_voice_schema_validate (tool->schema, date, NULL));
  json_node_unref (date);
  tool = gst_voice_persona_get_tool (persona, "hours");
  g_assert_cmpint (tool->access, ==, GST_VOICE_TOOL_READ);
  g_assert_cmpfloat (tool->timeout, <, 0);
  g_assert_null (tool->filler);
  g_assert_cmpfloat (tool->delay, ==, 0.5);
  g_assert_true (JSON_NODE_HOLDS_NULL (tool->result));
  g_assert_null (gst_voice_persona_get_tool (persona, "other"));
  gst_voice_persona_unref (persona);
}

static void
fallbacks (Fixture * f, gconstpointer unused)
{
  GstVoicePersona *persona = load_good (f, full);

  g_assert_cmpint (gst_voice_persona_get_int (persona, "voice", 7), ==, 7);
  g_assert_cmpint (gst_voice_persona_get_int (persona, "turn.smart", 7), ==, 7);
  g_assert_cmpint (gst_voice_persona_get_int (persona, "turn.no", 7), ==, 7);
  g_assert_cmpfloat (gst_voice_persona_get_double (persona, "tools", 7), ==, 7);
  g_assert_true (gst_voice_persona_get_bool (persona, "voice", TRUE));
  g_assert_true (gst_voice_persona_get_bool (persona, "temperature", TRUE));
  g_assert_null (gst_voice_persona_get_string (persona, "limits"));
  g_assert_null (gst_voice_persona_get_string (persona, "temperature"));
  gst_voice_persona_unref (persona);
}

static void
values (Fixture * f, gconstpointer unused)
{
  static const gchar *const rows[][2] = {
    {"model", "small"}, {"size", "3"}, {"fast", "true"}, {"voice", "amy"},
    {"temperature", "0.5"}, {"limits.inactivity.timeout", "20"},
    {"limits.inactivity.timeout-ms", "20000"},
    {"turn.min-silence-ms", "400"}, {"limits.session.hard-ms", "15000"},
    {"limits.inactivity.reminders", "Hello?|Still there?"},
    {"key-terms", "Ibuprofen"}, {"welcome-message.interruptible", "false"},
    {"tools.1.name", "book"}, {"limits", NULL}, {"tools", NULL},
    {"nothing", NULL}, {"nothing-ms", NULL}, {"voice-ms", NULL}, {"", NULL},
    {"..", NULL}, {"values.model", "small"},
  };
  GstVoicePersona *persona = load_good (f, full);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *value = gst_voice_persona_get_value (persona, rows[i][0]);

    g_assert_cmpstr (value, ==, rows[i][1]);
    g_free (value);
  }
  gst_voice_persona_unref (persona);
}

/* All problems, a line each. */
static gchar *
problems_of (Fixture * f, const gchar * text)
{
  gchar *path = g_build_filename (f->folder, "p.json", NULL);
  gchar *json = g_strdelimit (g_strdup (text), "'", '"');
  GPtrArray *problems;
  GString *lines = g_string_new (NULL);

  g_file_set_contents (path, json, -1, NULL);
  if (gst_voice_persona_check (path, &problems))
    g_error ("nothing found in: %s", text);
  for (guint i = 0; i < problems->len; i++) {
    const gchar *line = problems->pdata[i];

    g_assert_true (g_str_has_prefix (line, path));
    g_string_append_printf (lines, "%s%s", i ? "\n" : "",
        line + strlen (path) + 1);
  }
  g_ptr_array_unref (problems);
  g_free (json);
  g_free (path);
  return g_string_free (lines, FALSE);
}

static const gchar *const wrong[][2] = {
  {"", "1:1: the text is empty"},
  {"{'name':", "1:9: expected a value, but the text ends here"},
  {"clinic", "1:1: expected a value, found \"c\""},
  {"\357\273\277{}", "1:1: begins with a byte order mark (BOM); save it as "
        "UTF-8 without one"},
  {"[]", "1: must be an object, got the array []"},
  {"{}", "1: misses the property \"name\" (a string)\n"
        "1: misses the property \"pipeline\" (a string)"},
  {"{" HEAD ",\n'nmae':'x'}", "2: /nmae: unknown property \"nmae\"; what may "
        "stand here still: *"},
  {"{" HEAD ",\n'langauge':'en'}", "2: /langauge: unknown property "
        "\"langauge\"; did you mean \"language\"?"},
  {"{'nmae':'x',\n'pipeline':'clinic.launch'}", "1: misses the property "
        "\"name\" (a string); is \"nmae\" meant for it?\n1: /nmae: unknown "
        "property \"nmae\"; did you mean \"name\"?"},
  {"{'name':'a b','pipeline':'clinic.launch'}", "1: /name: must match the "
        "pattern *"},
  {"{'name':'a',\n'name':'b'}", "2:1: the key \"name\" stands twice in this "
        "object"},
  {"{" HEAD ",\n'language':'english'}", "2: /language: must match the pattern "
        "*, got \"english\""},
  {"{" HEAD ",\n'temperature':3}", "2: /temperature: must be at most 2, got 3"},
  {"{" HEAD ",\n\n'temperature':'hot'}", "3: /temperature: must be a number, "
        "got the string \"hot\""},
  {"{" HEAD ",\n'system-prompt':5}",
      "2: /system-prompt: must be a string or an " "object, got the number 5"},
  {"{" HEAD ",\n'welcome-message':{'txt':'a'}}",
      "2: /welcome-message: fits "
        "none of the 2 forms; the nearest is form 2: /welcome-message: misses "
        "the property \"text\" (a string); is \"txt\" meant for it?; "
        "/welcome-message/txt: unknown property \"txt\"; did you mean "
        "\"text\"?"},
  {"{" HEAD ",\n'limits':{\n'inactivity':{\n'timout':5}}}",
      "4: "
        "/limits/inactivity/timout: unknown property \"timout\"; did you mean "
        "\"timeout\"?"},
  {"{" HEAD ",\n'recording':{'mode':true}}",
      "2: /recording/mode: must be " "\"off\" or \"on\", got true"},
  {"{" HEAD ",\n'turn':{'x':[]}}",
      "2: /turn/x: must be a string, a number or "
        "true or false, got the array []"},
  /* Time zones */
  {"{" HEAD ",\n'time-zone':'Europe/Berln'}", "2: /time-zone: "
        "\"Europe/Berln\" is no time zone of this machine; did you mean "
        "\"Europe/Berlin\"?"},
  {"{" HEAD ",\n'time-zone':'New York'}", "2: /time-zone: \"New York\" is no "
        "time zone of this machine; did you mean \"America/New_York\"?"},
  {"{" HEAD ",\n'time-zone':'+02:00'}", "2: /time-zone: \"+02:00\" is no time "
        "zone *"},
  {"{" HEAD ",\n'time-zone':'+02'}", "2: /time-zone: *"},
  {"{" HEAD ",\n'time-zone':'/etc/localtime'}", "2: /time-zone: *"},
  {"{" HEAD ",\n'time-zone':'Europe/../Europe/Berlin'}", "2: /time-zone: *"},
  /* Files */
  {"{'name':'a',\n'pipeline':'clinik.launch'}", "2: /pipeline: no file "
        "\"clinik.launch\" in *; did you mean \"clinic.launch\"?"},
  {"{'name':'a','pipeline':'/etc/passwd'}", "1: /pipeline: must be relative to "
        "the folder of the persona"},
  {"{'name':'a','pipeline':'.'}", "1: /pipeline: no file \".\" in *"},
  {"{" HEAD ",\n'system-prompt':{\n'file':'no.txt'}}", "3: "
        "/system-prompt/file: cannot read *no.txt: No such file or directory"},
  {"{" HEAD ",\n'system-prompt':{'file':'.'}}",
      "2: /system-prompt/file: cannot " "read *: no file that could be read"},
  {"{" HEAD ",\n'system-prompt':{'file':'/etc/hostname'}}",
      "2: "
        "/system-prompt/file: must be relative to the folder of the persona"},
  {"{" HEAD ",\n'evaluation':{'prompt':{'file':'no.txt'}}}",
      "2: " "/evaluation/prompt/file: cannot read *"},
  /* Values and variables */
  {"{" HEAD ",\n'values':{'model':'a',\n'language':'en'}}", "3: "
        "/values/language: \"language\" is a key of the persona itself, and "
        "${language} is what stands there; choose another name"},
  {"{" HEAD ",\n'values':{'a.b':1}}", "2: /values/a.b: is no name for a "
        "property here: must match the pattern *"},
  {"{" HEAD ",\n'variables':{'now':1}}", "2: /variables/now: {{now}} is built "
        "in; choose another name"},
  {"{" HEAD ",\n'summary':{'schema':{'type':'objekt'}}}", "2: "
        "/summary/schema/type: unknown type \"objekt\"; did you mean "
        "\"object\"?"},
};

#define HTTP_TOOL "{'name':'a','kind':'http','description':'x'"

static const gchar *const wrong_tools[][2] = {
  {"{'kind':'builtin'}", "2: /tools/0: misses the property \"name\" (a "
        "string)"},
  {"{'name':'end_cal','kind':'builtin'}", "2: /tools/0/name: there is no "
        "builtin tool \"end_cal\"; there are end_call, set_variable, wait, "
        "collect_digits and send_dtmf"},
  {"{'name':'wait','kind':'bultin'}", "2: /tools/0/kind: must be \"builtin\", "
        "\"static\" or \"http\", got \"bultin\"; did you mean \"builtin\"?"},
  {"{'name':'wait','kind':'builtin','parameters':{'type':'object'}}", "2: "
        "/tools/0/parameters: a builtin tool has its own"},
  {"{'name':'wait','kind':'builtin',\n'url':'https://example.com'}", "3: "
        "/tools/0/url: only an http tool has this, and this one is builtin"},
  {"{'name':'a','kind':'static','description':'x'}", "2: /tools/0: a static "
        "tool needs \"result\""},
  {"{'name':'a','kind':'static','result':1}", "2: /tools/0: needs a "
        "\"description\", or the model would not know what it is for"},
  {"{'name':'a','kind':'http','description':'x'}", "2: /tools/0: an http tool "
        "needs \"url\""},
  {"{'name':'a','kind':'http','description':'x','url':'ftp://example.com'}",
      "2: /tools/0/url: must match the pattern ^https?://, got "
        "\"ftp://example.com\""},
  {"{'name':'a','kind':'http','description':'x','url':'https://example.com',"
        "'headers':{'a b':'c','d':'e\\nf'}}", "2: /tools/0/headers/a b: is no "
        "name for a property here: must match the pattern *\n"
        "2: /tools/0/headers/d: must match the pattern *"},
  {"{'name':'1a','kind':'static','description':'x','result':1}", "2: "
        "/tools/0/name: must match the pattern *"},
  {"{'name':'wait','kind':'builtin'},\n{'name':'wait','kind':'builtin'}",
      "3: /tools/1/name: a second tool is called \"wait\""},
  {"{'name':'a','kind':'static','description':'x','result':1,\n"
        "'parameters':{\n'type':'object',\n'properties':{'d':{\n"
        "'type':'strng'}}}}", "6: /tools/0/parameters/properties/d/type: "
        "unknown type \"strng\"; did you mean \"string\"?"},
  {"{'name':'a','kind':'static','description':'x','result':1,\n"
        "'parameters':{}}", "3: /tools/0/parameters: must have \"type\": "
        "\"object\", since the arguments of a tool are an object"},
  {"{'name':'a','kind':'static','description':'x','result':1,'filler':true}",
      "2: /tools/0/filler: fits none of the 2 forms; *"},
  {"{'name':'a','kind':'static','description':'x','result':1,'timeout':0}",
      "2: /tools/0/timeout: must be greater than 0, got 0"},
  {HTTP_TOOL ",'url':'http://${a}/'}", "2: /tools/0/url: the host must be "
        "written as it is"},
  {HTTP_TOOL ",'url':'http://{{a}}:80'}", "2: /tools/0/url: the host must be "
        "written as it is"},
  {HTTP_TOOL ",'url':'http://a/<b>'}", "2: /tools/0/url: is no address*"},
  {HTTP_TOOL ",'url':'http://a/','status-url':'http://${a}'}",
      "2: /tools/0/status-url: the host must be written as it is"},
  {HTTP_TOOL ",'url':'http://a/','status-url':'http://a/','access':'read'}",
      "2: /tools/0/status-url: only a tool that writes has this"},
  {HTTP_TOOL ",'url':'http://a/','sign':{'secret':'plain'}}",
      "2: /tools/0/sign/secret: must match the pattern *"},
  {HTTP_TOOL ",'url':'http://a/','retry':1,'idempotency':false}",
      "2: /tools/0/retry: a write is tried again only with its key: leave "
        "\"idempotency\" out"},
  {"5", "2: /tools/0: must be an object, got the number 5"},
};

static void
assert_problems (Fixture * f, const gchar * text, const gchar * wanted)
{
  gchar *lines = problems_of (f, text);

  if (!g_pattern_match_simple (wanted, lines))
    g_error ("%s\nsays\n%s\ninstead of\n%s", text, lines, wanted);
  g_free (lines);
}

static void
tells_what_is_wrong (Fixture * f, gconstpointer unused)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    assert_problems (f, wrong[i][0], wrong[i][1]);
  for (guint i = 0; i < G_N_ELEMENTS (wrong_tools); i++) {
    gchar *text = g_strdup_printf ("{" HEAD ",'tools':[\n%s]}",
        wrong_tools[i][0]);

    assert_problems (f, text, wrong_tools[i][1]);
    g_free (text);
  }
  /* Everything at once, in the order of the lines. */
  assert_problems (f, "{" HEAD ",\n'time-zone':'Nowhere/None',\n'nmea':1,\n"
      "'tools':[{'name':'x','kind':'builtin'}]\n}",
      "2: /time-zone: *\n3: /nmea: *\n4: /tools/0/name: *");
}

static void
bad_files (Fixture * f, gconstpointer unused)
{
  gchar *path = g_build_filename (f->folder, "p.json", NULL);
  gchar *large = g_malloc0 (10 * 1024 * 1024);
  GError *error = NULL;

  g_assert_null (gst_voice_persona_load (path, &error));
  g_assert_true (g_str_has_suffix (error->message,
          "p.json: No such file or directory"));
  g_clear_error (&error);
  g_assert_null (gst_voice_persona_load (f->folder, &error));
  g_assert_true (g_str_has_suffix (error->message,
          ": no file that could be read"));
  g_clear_error (&error);
  memset (large, ' ', 10 * 1024 * 1024);
  write_file (f->folder, "p.json", large, 10 * 1024 * 1024);
  g_assert_null (gst_voice_persona_load (path, &error));
  g_assert_true (g_str_has_suffix (error->message, "p.json: too large"));
  g_clear_error (&error);
  write_file (f->folder, "p.json", "{\n\"a\0b\":1}", 10);
  g_assert_null (gst_voice_persona_load (path, &error));
  g_assert_true (g_str_has_suffix (error->message,
          "p.json:2:3: a NUL byte stands here"));
  g_clear_error (&error);
  write_file (f->folder, "p.json", "{\n}", -1);
  g_assert_null (gst_voice_persona_load (path, &error));
  g_assert_true (g_str_has_suffix (error->message, "p.json:1: misses the "
          "property \"name\" (a string) (and 1 more)"));
  g_assert_error (error, GST_VOICE_JSON_ERROR, GST_VOICE_JSON_ERROR_SYNTAX);
  g_clear_error (&error);
  g_assert_false (gst_voice_persona_check (path, NULL));
  write_file (f->folder, "prompt.txt", large, 300 * 1024);
  assert_problems (f, "{" HEAD ",'system-prompt':{'file':'prompt.txt'}}",
      "1: /system-prompt/file: cannot read *prompt.txt: too large");
  write_file (f->folder, "prompt.txt", "a\377", 2);
  assert_problems (f, "{" HEAD ",'system-prompt':{'file':'prompt.txt'}}",
      "1: /system-prompt/file: *prompt.txt is not UTF-8 text");
  g_free (large);
  g_free (path);
}

/* The value of a property: checked as in a persona, on its own. */
static void
tools_alone (void)
{
  static const gchar *const rows[][2] = {
    {"[{'name':'a','kind':'builtin'}]",
        "tools:1: /tools/0/name: there is no builtin tool \"a\"; there are "
          "end_call, set_variable, wait, collect_digits and send_dtmf"},
    {"[\n{'nam':'end_call','kind':'builtin'}]",
        "tools:2: /tools/0: misses the property \"name\"*"},
    {"[],'name':'x'", "tools:1: /name: unknown property*"},
    {"{}", "tools:1: /tools: must be an array, got the object {}"},
    {"[", "tools:1:*"},
  };
  static const gchar good[] = "[{'name':'end_call','kind':'builtin'},"
      "{'name':'b','kind':'http','description':'x','filler':false,"
      "'url':'https://example.com','headers':{'a':'env:KEY'}}]";
  gchar *text = g_strdelimit (g_strdup (good), "'", '"');
  const GstVoicePersonaTool *tool;
  GstVoicePersona *persona;
  GError *error = NULL;

  persona = gst_voice_persona_new_from_tools (text, -1, "tools", ".", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (gst_voice_persona_get_tools (persona)->len, ==, 2);
  g_assert_null (gst_voice_persona_get_pipeline (persona));
  tool = gst_voice_persona_get_tool (persona, "b");
  g_assert_cmpstr (tool->filler, ==, "");
  g_assert_true (tool->idempotency);
  gst_voice_persona_unref (persona);
  g_assert_null (gst_voice_persona_new_from_tools (text, -1, "x", NULL,
          &error));
  g_assert_nonnull (strstr (error->message, "secrets"));
  g_clear_error (&error);
  g_free (text);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    text = g_strdelimit (g_strdup (rows[i][0]), "'", '"');
    g_assert_null (gst_voice_persona_new_from_tools (text, -1, "tools", ".",
            &error));
    if (!g_pattern_match_simple (rows[i][1], error->message))
      g_error ("row %u: %s", i, error->message);
    g_clear_error (&error);
    g_free (text);
  }
}

/* No folder: nothing of this machine is touched. */
static void
from_elsewhere (Fixture * f, gconstpointer unused)
{
  static const gchar *const rows[][2] = {
    {"{'name':'a','pipeline':'../x.launch'}",
        "x:1: /pipeline: must be the name " "of an installed description"},
    {"{'name':'a','pipeline':'clinic.launch',"
          "'system-prompt':{'file':'prompt.txt'}}",
        "x:1: "
          "/system-prompt/file: this persona lies in no folder, so it has no "
          "files"},
    {"{'name':'a','pipeline':'clinic.launch','tools':[{'name':'a',"
          "'kind':'http','description':'x','url':'https://example.com',"
          "'headers':{'a':'env:KEY'}}]}",
        "x:1: /tools/0/headers/a: this "
          "persona lies in no folder, so it may not name secrets of this "
          "machine"},
    {"{'name':'a','pipeline':'clinic.launch','delivery':{'webhook':"
          "'https://a.example/','secret':'env:KEY'}}",
        "x:1: /delivery/secret: this persona lies in no folder, so it may not "
          "name secrets of this machine"},
  };
  gchar *installed = g_build_filename (f->folder, "pipelines", NULL);
  gchar *data = g_strdup (g_getenv ("GST_VOICE_DATADIR"));
  gchar *path = g_build_filename (installed, "clinic.launch", NULL);
  GstVoicePersona *persona;
  GError *error = NULL;

  g_mkdir (installed, 0700);
  g_file_set_contents (path, "fakesrc ! fakesink", -1, NULL);
  g_setenv ("GST_VOICE_DATADIR", f->folder, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    gchar *text = g_strdelimit (g_strdup (rows[i][0]), "'", '"');

    g_assert_null (gst_voice_persona_new_from_json (text, -1, "x", NULL,
            &error));
    g_assert_cmpstr (error->message, ==, rows[i][1]);
    g_clear_error (&error);
    g_free (text);
  }
  persona = gst_voice_persona_new_from_json ("{\"name\":\"a\",\"pipeline\":"
      "\"clinic.launch\"}", -1, "x", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (gst_voice_persona_get_pipeline (persona), ==, path);
  gst_voice_persona_unref (persona);
  g_setenv ("GST_VOICE_DATADIR", data, TRUE);
  g_remove (path);
  g_free (path);
  g_free (data);
  g_free (installed);
}

static gchar *
call_variable (const gchar * name, gpointer user_data)
{
  return strcmp (name, "caller") == 0 ? g_strdup ("+441632960001") :
      strcmp (name, "plan") == 0 ? g_strdup ("{{visits}} gold") : NULL;
}

static void
expands (Fixture * f, gconstpointer unused)
{
  static const gchar *const rows[][2] = {
    {"It is {{now}}.", "It is Monday, 30 June 2025, 00:05 (Europe/Berlin)."},
    {"{{date}} {{time}} {{weekday}} {{time_zone}}", "2025-06-30 00:05 Monday "
          "Europe/Berlin"},
    {"{{ caller }}{{called}}{{call_id}}|", "+441632960001|"},
    {"{{plan}} {{visits}}", "{{visits}} gold 2"},
    {"", ""}, {"{{", "{{"}, {"{{}}", "{{}}"}, {"{{a b}}", "{{a b}}"},
    {"{\"a\":{\"b\":{{visits}}}}", "{\"a\":{\"b\":2}}"},
    {"{{{visits}}}", "{2}"}, {"{{visits}", "{{visits}"},
    {"{{1a}}", "{{1a}}"}, {"\303\244{{visits}}\303\266", "\303\2442\303\266"},
  };
  GstVoicePersona *persona = load_good (f, full);
  GDateTime *now = g_date_time_new_utc (2025, 6, 29, 22, 5, 0);
  GPtrArray *unknown;
  gchar *text;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    text = gst_voice_persona_expand (persona, rows[i][0], now, call_variable,
        NULL, &unknown);
    g_assert_cmpstr (text, ==, rows[i][1]);
    g_assert_null (unknown);
    g_free (text);
  }
  text = gst_voice_persona_expand (persona, "a{{b}}{{caller}}{{c}}{{b}}d", now,
      NULL, NULL, &unknown);
  g_assert_cmpstr (text, ==, "ad");
  g_assert_cmpuint (unknown->len, ==, 2);
  g_assert_cmpstr (unknown->pdata[0], ==, "b");
  g_assert_cmpstr (unknown->pdata[1], ==, "c");
  g_ptr_array_unref (unknown);
  g_free (text);
  text = gst_voice_persona_expand (persona, "{{b}}", now, NULL, NULL, NULL);
  g_assert_cmpstr (text, ==, "");
  g_free (text);
  g_assert_null (gst_voice_persona_expand (persona, NULL, now, NULL, NULL,
          &unknown));
  g_assert_null (unknown);
  gst_voice_persona_unref (persona);

  /* Without a time zone the clock's own. */
  persona = load_good (f, "{" HEAD "}");
  text = gst_voice_persona_expand (persona, "{{time}} {{time_zone}}", now,
      NULL, NULL, NULL);
  g_assert_cmpstr (text, ==, "22:05 UTC");
  g_free (text);
  gst_voice_persona_unref (persona);
  g_date_time_unref (now);
}

static gchar *
read_source (const gchar * folder, const gchar * name)
{
  gchar *path = g_build_filename (g_getenv ("GST_VOICE_TEST_SOURCE"), folder,
      name, NULL);
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  g_assert_nonnull (text);
  g_free (path);
  return text;
}

/* What may stand there, in words. */
static void
append_type (GString * out, JsonNode * root, JsonObject * schema)
{
  JsonNode *type = json_object_get_member (schema, "type");
  JsonNode *list = json_object_get_member (schema, "enum");
  const gchar *ref = json_object_get_string_member_with_default (schema,
      "$ref", NULL);

  if (json_object_has_member (schema, "anyOf"))
    list = json_object_get_member (schema, "anyOf");
  if (ref) {
    append_type (out, root, json_node_get_object (gst_voice_json_at (root,
                ref + 1)));
  } else if (type) {
    g_string_append (out, json_node_get_string (type));
  } else if (json_object_has_member (schema, "const")) {
    g_string_append (out, "`false`");
  } else if (!list) {
    g_string_append (out, "anything");
  }
  for (guint i = 0; list && i < json_array_get_length (json_node_get_array
          (list)); i++) {
    JsonNode *item = json_array_get_element (json_node_get_array (list), i);

    g_string_append (out, i ? " or " : "");
    if (JSON_NODE_HOLDS_OBJECT (item))
      append_type (out, root, json_node_get_object (item));
    else
      g_string_append_printf (out, "`%s`", json_node_get_string (item));
  }
}

static void append_rows (GString * out, JsonNode * root, JsonObject * schema,
    const gchar * prefix);

static void
append_range (GString * out, JsonObject * schema)
{
  JsonNode *low = json_object_get_member (schema, "minimum");
  JsonNode *high = json_object_get_member (schema, "maximum");
  gchar *least = low ? gst_voice_json_to_string (low) : NULL;
  gchar *most = high && json_node_get_double (high) < 1e6 ?
      gst_voice_json_to_string (high) : NULL;

  if (least && most)
    g_string_append_printf (out, ", %s to %s", least, most);
  else if (least || most)
    g_string_append_printf (out, ", at %s %s", least ? "least" : "most",
        least ? least : most);
  g_free (most);
  g_free (least);
}

static void
append_default (GString * out, JsonObject * schema, gboolean required)
{
  JsonNode *fallback = json_object_get_member (schema, "default");
  gchar *text = fallback && JSON_NODE_HOLDS_VALUE (fallback) ?
      gst_voice_json_to_string (fallback) : NULL;

  if (text)
    g_string_append_printf (out, "`%s`", text);
  else if (required)
    g_string_append (out, "required");
  g_free (text);
}

static void
append_row (GString * out, JsonNode * root, JsonObject * schema,
    const gchar * key, gboolean required)
{
  gchar *inner = g_strconcat (key, ".", NULL);
  gchar *items = g_strconcat (key, "[].", NULL);

  if (!json_object_has_member (schema, "description"))
    g_error ("%s has no description", key);
  g_string_append_printf (out, "| `%s` | ", key);
  append_type (out, root, schema);
  append_range (out, schema);
  g_string_append (out, " | ");
  append_default (out, schema, required);
  g_string_append_printf (out, " | %s |\n", json_object_get_string_member
      (schema, "description"));
  append_rows (out, root, schema, inner);
  if (json_object_has_member (schema, "items"))
    append_rows (out, root, json_object_get_object_member (schema, "items"),
        items);
  g_free (items);
  g_free (inner);
}

static gboolean
is_required (JsonObject * schema, const gchar * name)
{
  JsonArray *names = json_object_has_member (schema, "required") ?
      json_object_get_array_member (schema, "required") : NULL;

  for (guint i = 0; names && i < json_array_get_length (names); i++) {
    if (strcmp (json_array_get_string_element (names, i), name) == 0)
      return TRUE;
  }
  return FALSE;
}

static void
append_rows (GString * out, JsonNode * root, JsonObject * schema,
    const gchar * prefix)
{
  const gchar *ref = json_object_get_string_member_with_default (schema,
      "$ref", NULL);
  JsonNode *node = json_object_get_member (schema, "properties");
  JsonObjectIter iter;
  const gchar *name;

  if (ref)
    append_rows (out, root, json_node_get_object (gst_voice_json_at (root,
                ref + 1)), prefix);
  if (json_object_has_member (schema, "anyOf")) {
    JsonArray *forms = json_object_get_array_member (schema, "anyOf");

    for (guint i = 0; i < json_array_get_length (forms); i++)
      append_rows (out, root, json_array_get_object_element (forms, i), prefix);
  }
  if (!node)
    return;
  json_object_iter_init_ordered (&iter, json_node_get_object (node));
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    gchar *key = g_strconcat (prefix, name, NULL);

    append_row (out, root, json_node_get_object (node), key,
        is_required (schema, name));
    g_free (key);
  }
}

static void
docs_have_every_key (void)
{
  gchar *docs = read_source ("docs", "persona.md");
  gchar *schema = read_source ("pipelines", "persona.schema.json");
  JsonNode *root = gst_voice_json_parse (schema, -1, 1000000, 64, NULL);
  GString *table = g_string_new ("| key | type | default | |\n"
      "| --- | --- | --- | --- |\n");

  append_rows (table, root, json_node_get_object (root), "");
  g_string_append_c (table, '\n');
  if (!strstr (docs, table->str))
    g_error ("docs/persona.md must have this table:\n%s", table->str);
  g_string_free (table, TRUE);
  json_node_unref (root);
  g_free (schema);
  g_free (docs);
}

/* What is between the fences. */
static gchar *
next_block (const gchar ** text, const gchar * language)
{
  gchar *fence = g_strdup_printf ("\n```%s\n", language);
  const gchar *from = strstr (*text, fence);
  const gchar *to = from ? strstr (from + strlen (fence), "```") : NULL;
  gchar *block = to ? g_strndup (from + strlen (fence), to - from -
      strlen (fence)) : NULL;

  *text = to;
  g_free (fence);
  return block;
}

/* Every persona in the documentation is a good one. */
static void
docs_have_good_examples (Fixture * f, gconstpointer unused)
{
  gchar *docs = read_source ("docs", "persona.md");
  const gchar *rest = docs;
  guint examples = 0;
  gchar *block;

  while ((block = next_block (&rest, "json"))) {
    GError *error = NULL;
    GstVoicePersona *persona = gst_voice_persona_new_from_json (block, -1,
        "example", f->folder, &error);

    g_assert_no_error (error);
    gst_voice_persona_unref (persona);
    g_free (block);
    examples++;
  }
  g_assert_cmpuint (examples, >=, 2);
  g_free (docs);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add ("/persona/" path, Fixture, NULL, set_up, function, tear_down)
  ADD ("minimal", minimal);
  ADD ("everything", everything);
  ADD ("fallbacks", fallbacks);
  ADD ("values", values);
  ADD ("wrong", tells_what_is_wrong);
  ADD ("files", bad_files);
  ADD ("elsewhere", from_elsewhere);
  ADD ("expand", expands);
  ADD ("docs/examples", docs_have_good_examples);
  g_test_add_func ("/persona/tools-alone", tools_alone);
  g_test_add_func ("/persona/docs/keys", docs_have_every_key);
  return g_test_run ();
}
