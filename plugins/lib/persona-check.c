/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * From a text to a persona: the schema, then what a schema cannot say (files,
 * time zones, tools), every fault with its line.
 *
 * A persona without a folder comes from somewhere else: it reads no files and
 * names no secrets of this machine.
 *
 * Threads: any; a check is one call. Locks: none.
 */
#include "data.h"
#include "persona-private.h"
#include "schema-private.h"
#include "text-file.h"

#include <gio/gio.h>
#include <string.h>

#define SCHEMA_PATH "/gst-voice/persona.schema.json"
#define ZONES "/usr/share/zoneinfo/zone.tab"
#define PROMPT_SIZE (256 * 1024)

typedef struct
{
  guint line;
  gchar *text;
} Problem;

typedef struct
{
  const gchar *text;
  gsize length;
  const gchar *origin;
  const gchar *base_dir;        /* NULL: from somewhere else */
  JsonObject *root;
  GArray *problems;
  gchar *pipeline;
  GPtrArray *tools;
} Check;

static void
problem_clear (gpointer data)
{
  g_free (((Problem *) data)->text);
}

static void
G_GNUC_PRINTF (3, 4)
complain (Check * c, const gchar * pointer, const gchar * format, ...)
{
  gchar *message;
  guint column;
  Problem problem;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  gst_voice_json_locate (c->text, c->length, pointer, &problem.line, &column);
  problem.text = g_strdup_printf ("%s:%u: %s%s%s", c->origin, problem.line,
      pointer, *pointer ? ": " : "", message);
  g_array_append_val (c->problems, problem);
  g_free (message);
}

/* Takes nothing; for problems of schemas inside of the persona @prefix is where
 * they stand. */
static void
complain_all (Check * c, const gchar * prefix, GPtrArray * problems)
{
  for (guint i = 0; problems && i < problems->len; i++) {
    const GstVoiceSchemaProblem *problem = problems->pdata[i];
    gchar *pointer = g_strconcat (prefix, problem->pointer, NULL);

    complain (c, pointer, "%s", problem->message);
    g_free (pointer);
  }
}

static JsonNode *
read_schema (void)
{
  GBytes *bytes = g_resources_lookup_data (SCHEMA_PATH, 0, NULL);
  gsize size;
  const gchar *text = g_bytes_get_data (bytes, &size);
  JsonNode *node = gst_voice_json_parse (text, size, size, 64, NULL);

  g_bytes_unref (bytes);
  return node;
}

/* Takes @node. It is ours, and compiled into this library, so it cannot be
 * wrong. */
static GstVoiceSchema *
compile_own (JsonNode * node)
{
  GstVoiceSchema *schema = gst_voice_schema_new (node,
      GST_VOICE_SCHEMA_FORMATS, NULL);

  g_assert (schema);
  json_node_unref (node);
  return schema;
}

static gpointer
compile_schema (gpointer unused)
{
  return compile_own (read_schema ());
}

static GstVoiceSchema *
persona_schema (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, compile_schema, NULL);
}

/* The persona's, with nothing but the tools. */
static gpointer
compile_tools_schema (gpointer unused)
{
  JsonNode *node = read_schema ();
  JsonObject *root = json_node_get_object (node);
  JsonObject *properties = json_object_new ();

  json_object_set_member (properties, "tools",
      json_node_copy (gst_voice_json_at (node, "/properties/tools")));
  json_object_set_object_member (root, "properties", properties);
  json_object_remove_member (root, "required");
  return compile_own (node);
}

static GstVoiceSchema *
tools_schema (void)
{
  static GOnce once = G_ONCE_INIT;

  return g_once (&once, compile_tools_schema, NULL);
}

/* The member, if it is there and of that kind; the schema has complained of
 * everything else. */
static const gchar *
string_member (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) :
      NULL;
}

static JsonObject *
object_member (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) :
      NULL;
}

static gdouble
number_member (JsonObject * object, const gchar * name, gdouble fallback)
{
  JsonNode *node = json_object_get_member (object, name);
  GType type = node && JSON_NODE_HOLDS_VALUE (node) ?
      json_node_get_value_type (node) : G_TYPE_INVALID;

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ?
      json_node_get_double (node) : fallback;
}

/* Europe/Berlin for Europe/Berln, and for Berlin. */
static const gchar *
closest_zone (const gchar * name, GPtrArray * zones)
{
  GPtrArray *cities = g_ptr_array_new ();
  const gchar *meant;
  guint index;

  for (guint i = 0; zones->pdata[i]; i++) {
    const gchar *slash = strrchr (zones->pdata[i], '/');

    g_ptr_array_add (cities, slash ? (gpointer) (slash + 1) : zones->pdata[i]);
  }
  g_ptr_array_add (cities, NULL);
  meant = gst_voice_json_closest (name, (const gchar * const *) zones->pdata);
  if (!meant) {
    meant = gst_voice_json_closest (name,
        (const gchar * const *) cities->pdata);
    if (meant && g_ptr_array_find (cities, meant, &index))
      meant = zones->pdata[index];
  }
  g_ptr_array_unref (cities);
  return meant;
}

static void
complain_of_zone (Check * c, const gchar * name)
{
  GPtrArray *zones = g_ptr_array_new_with_free_func (g_free);
  gchar *text = NULL, **lines;
  const gchar *meant;

  g_file_get_contents (ZONES, &text, NULL, NULL);
  lines = g_strsplit (text ? text : "", "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    gchar **columns = g_strsplit (lines[i], "\t", -1);

    if (*lines[i] != '#' && g_strv_length (columns) >= 3)
      g_ptr_array_add (zones, g_strdup (columns[2]));
    g_strfreev (columns);
  }
  g_ptr_array_add (zones, NULL);
  meant = closest_zone (name, zones);
  complain (c, "/time-zone", "\"%s\" is no time zone of this machine%s%s%s",
      name, meant ? "; did you mean \"" : "; names are such as Europe/Berlin "
      "(is tzdata installed?)", meant ? meant : "", meant ? "\"?" : "");
  g_strfreev (lines);
  g_free (text);
  g_ptr_array_unref (zones);
}

static gboolean
is_zone (const gchar * name)
{
  GTimeZone *zone;

  if (!g_ascii_isalpha (*name) || name[strspn (name,
              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
              "0123456789_+/-")])
    return FALSE;
  zone = g_time_zone_new_identifier (name);
  if (zone)
    g_time_zone_unref (zone);
  return zone != NULL;
}

static void
check_time_zone (Check * c)
{
  const gchar *name = string_member (c->root, "time-zone");

  if (name && !is_zone (name))
    complain_of_zone (c, name);
}

/* Puts the text of a file in the place of `{"file": …}`. */
static void
take_file (Check * c, JsonObject * parent, const gchar * name,
    const gchar * pointer)
{
  JsonObject *object = object_member (parent, name);
  const gchar *file = object ? string_member (object, "file") : NULL;
  g_autofree gchar *place = g_strconcat (pointer, "/file", NULL);
  g_autofree gchar *path = NULL;
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  gsize length;

  if (!file)
    return;
  if (!c->base_dir || g_path_is_absolute (file)) {
    complain (c, place, c->base_dir ? "must be relative to the folder of the "
        "persona" : "this persona lies in no folder, so it has no files");
    return;
  }
  path = g_build_filename (c->base_dir, file, NULL);
  text = text_file_read (path, PROMPT_SIZE, &length, &error);
  if (!text)
    complain (c, place, "cannot read %s", error->message);
  else if (!g_utf8_validate_len (text, length, NULL))
    complain (c, place, "%s is not UTF-8 text", path);
  else
    json_object_set_string_member (parent, name, g_strchomp (text));
}

static void
add_launch_files (GPtrArray * names, const gchar * folder)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while (dir && (name = g_dir_read_name (dir))) {
    if (g_str_has_suffix (name, ".launch"))
      g_ptr_array_add (names, g_strdup (name));
  }
  if (dir)
    g_dir_close (dir);
}

static void
complain_of_pipeline (Check * c, const gchar * name, const gchar * installed)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  gchar *folder = g_path_get_dirname (installed);
  const gchar *meant;

  if (c->base_dir)
    add_launch_files (names, c->base_dir);
  add_launch_files (names, folder);
  g_ptr_array_add (names, NULL);
  meant = gst_voice_json_closest (name, (const gchar * const *) names->pdata);
  complain (c, "/pipeline", "no file \"%s\" in %s%s%s%s%s%s", name,
      c->base_dir ? c->base_dir : "", c->base_dir ? " or " : "", folder,
      meant ? "; did you mean \"" : "", meant ? meant : "", meant ? "\"?" : "");
  g_free (folder);
  g_ptr_array_unref (names);
}

static void
find_pipeline (Check * c)
{
  const gchar *name = string_member (c->root, "pipeline");
  gchar *inside, *installed;

  if (!name || !*name)
    return;
  if (g_path_is_absolute (name) || (!c->base_dir && strchr (name, '/'))) {
    complain (c, "/pipeline", c->base_dir ? "must be relative to the folder of "
        "the persona" : "must be the name of an installed description");
    return;
  }
  inside = g_build_filename ("pipelines", name, NULL);
  installed = gst_voice_data_path (inside);
  if (c->base_dir)
    c->pipeline = g_build_filename (c->base_dir, name, NULL);
  if (!c->pipeline || !g_file_test (c->pipeline, G_FILE_TEST_IS_REGULAR)) {
    g_free (c->pipeline);
    c->pipeline = g_strdup (installed);
  }
  if (!g_file_test (c->pipeline, G_FILE_TEST_IS_REGULAR))
    complain_of_pipeline (c, name, installed);
  g_free (installed);
  g_free (inside);
}

/* So that there is one form of it. */
static void
complete_welcome (Check * c)
{
  const gchar *text = string_member (c->root, "welcome-message");
  JsonObject *object;

  if (text) {
    object = json_object_new ();
    json_object_set_string_member (object, "text", text);
    json_object_set_object_member (c->root, "welcome-message", object);
  }
  object = object_member (c->root, "welcome-message");
  if (object && !json_object_has_member (object, "interruptible"))
    json_object_set_boolean_member (object, "interruptible", TRUE);
}

static GstVoiceSchema *
compile_inner (Check * c, JsonObject * object, const gchar * name,
    const gchar * pointer)
{
  JsonNode *node = json_object_get_member (object, name);
  GstVoiceSchema *schema;
  GPtrArray *problems;

  if (!node || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;
  schema = gst_voice_schema_compile (node, GST_VOICE_SCHEMA_FORMATS, &problems);
  complain_all (c, pointer, problems);
  g_clear_pointer (&problems, g_ptr_array_unref);
  return schema;
}

static void
check_report (Check * c, const gchar * name)
{
  JsonObject *object = object_member (c->root, name);
  gchar *prompt = g_strdup_printf ("/%s/prompt", name);
  gchar *pointer = g_strdup_printf ("/%s/schema", name);
  GstVoiceSchema *schema;

  if (object) {
    take_file (c, object, "prompt", prompt);
    schema = compile_inner (c, object, "schema", pointer);
    g_clear_pointer (&schema, gst_voice_schema_unref);
  }
  g_free (pointer);
  g_free (prompt);
}

static void
check_delivery (Check * c)
{
  JsonObject *delivery = object_member (c->root, "delivery");
  const gchar *webhook = delivery ? string_member (delivery, "webhook") : NULL;
  GUri *uri = webhook ? g_uri_parse (webhook, G_URI_FLAGS_NONE, NULL) : NULL;

  if (webhook && !uri)
    complain (c, "/delivery/webhook", "\"%s\" is no address", webhook);
  if (delivery && !c->base_dir && string_member (delivery, "secret"))
    complain (c, "/delivery/secret",
        "this persona lies in no folder, so it may "
        "not name secrets of this machine");
  g_clear_pointer (&uri, g_uri_unref);
}

/* `${language}` must have one meaning. */
static void
check_values (Check * c)
{
  GstVoiceSchema *schema = persona_schema ();
  JsonObject *values = object_member (c->root, "values");
  JsonObjectIter iter;
  const gchar *name;

  if (!values)
    return;
  json_object_iter_init_ordered (&iter, values);
  while (json_object_iter_next_ordered (&iter, &name, NULL)) {
    GString *pointer = g_string_new ("/values");

    gst_voice_json_pointer_append (pointer, name);
    if (schema_has_property (schema, name))
      complain (c, pointer->str, "\"%s\" is a key of the persona itself, and "
          "${%s} is what stands there; choose another name", name, name);
    g_string_free (pointer, TRUE);
  }
}

static void
check_variables (Check * c)
{
  static const gchar *const built_in[] = { "now", "date", "time", "weekday",
    "time_zone"
  };
  JsonObject *variables = object_member (c->root, "variables");

  for (guint i = 0; variables && i < G_N_ELEMENTS (built_in); i++) {
    gchar *pointer = g_strdup_printf ("/variables/%s", built_in[i]);

    if (json_object_has_member (variables, built_in[i]))
      complain (c, pointer, "{{%s}} is built in; choose another name",
          built_in[i]);
    g_free (pointer);
  }
}

static void
tool_free (gpointer data)
{
  GstVoicePersonaTool *tool = data;

  g_clear_pointer (&tool->schema, gst_voice_schema_unref);
  g_free (tool);
}

static const gchar *const kinds[] = { "builtin", "static", "http" };

/* The keys that one kind of tool has, and the one that it needs. */
static void
check_kind (Check * c, JsonObject * object, GstVoiceToolKind kind,
    const gchar * pointer)
{
  static const struct
  {
    const gchar *key;
    GstVoiceToolKind kind;
    gboolean needed;
  } keys[] = {
    {"result", GST_VOICE_TOOL_STATIC, TRUE},
    {"delay", GST_VOICE_TOOL_STATIC, FALSE},
    {"url", GST_VOICE_TOOL_HTTP, TRUE},
    {"method", GST_VOICE_TOOL_HTTP, FALSE},
    {"headers", GST_VOICE_TOOL_HTTP, FALSE},
    {"idempotency", GST_VOICE_TOOL_HTTP, FALSE},
    {"retry", GST_VOICE_TOOL_HTTP, FALSE},
    {"status-url", GST_VOICE_TOOL_HTTP, FALSE},
    {"sign", GST_VOICE_TOOL_HTTP, FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    gboolean has = json_object_has_member (object, keys[i].key);
    gchar *place = g_strdup_printf ("%s/%s", pointer, keys[i].key);

    if (has && keys[i].kind != kind)
      complain (c, place, "only %s %s tool has this, and this one is %s",
          keys[i].kind == GST_VOICE_TOOL_HTTP ? "an" : "a",
          kinds[keys[i].kind], kinds[kind]);
    else if (!has && keys[i].needed && keys[i].kind == kind)
      complain (c, pointer, "%s %s tool needs \"%s\"",
          kind == GST_VOICE_TOOL_HTTP ? "an" : "a", kinds[kind], keys[i].key);
    g_free (place);
  }
}

static void
check_builtin (Check * c, JsonObject * object, const gchar * pointer)
{
  static const gchar *const names[] = { "end_call", "set_variable", "wait",
    "collect_digits", "send_dtmf", NULL
  };
  const gchar *name = string_member (object, "name");
  gchar *place;

  if (json_object_has_member (object, "parameters")) {
    place = g_strconcat (pointer, "/parameters", NULL);
    complain (c, place, "a builtin tool has its own");
    g_free (place);
  }
  if (!name || g_strv_contains (names, name))
    return;
  place = g_strconcat (pointer, "/name", NULL);
  complain (c, place, "there is no builtin tool \"%s\"; there are end_call, "
      "set_variable, wait, collect_digits and send_dtmf", name);
  g_free (place);
}

static void
check_arguments (Check * c, JsonObject * object, const gchar * pointer)
{
  JsonObject *parameters = object_member (object, "parameters");
  gchar *place = g_strconcat (pointer, "/parameters", NULL);

  if (!json_object_has_member (object, "description"))
    complain (c, pointer,
        "needs a \"description\", or the model would not know "
        "what it is for");
  if (parameters
      && g_strcmp0 (string_member (parameters, "type"), "object") != 0)
    complain (c, place,
        "must have \"type\": \"object\", since the arguments of "
        "a tool are an object");
  g_free (place);
}

/* A secret of this machine is no business of a persona from elsewhere. */
static void
check_headers (Check * c, JsonObject * object, const gchar * pointer)
{
  JsonObject *headers = object_member (object, "headers");
  JsonObjectIter iter;
  const gchar *name;

  if (c->base_dir || !headers)
    return;
  json_object_iter_init_ordered (&iter, headers);
  while (json_object_iter_next_ordered (&iter, &name, NULL)) {
    const gchar *value = string_member (headers, name);
    GString *place = g_string_new (pointer);

    g_string_append (place, "/headers");
    gst_voice_json_pointer_append (place, name);
    if (value && (g_str_has_prefix (value, "env:")
            || g_str_has_prefix (value, "file:")))
      complain (c, place->str, "this persona lies in no folder, so it may not "
          "name secrets of this machine");
    g_string_free (place, TRUE);
  }
}

/* As for headers; the schema has seen to it that it names a secret. */
static void
check_signature (Check * c, JsonObject * object, const gchar * pointer)
{
  JsonObject *sign = object_member (object, "sign");
  gchar *place = g_strconcat (pointer, "/sign/secret", NULL);

  if (sign && !c->base_dir)
    complain (c, place, "this persona lies in no folder, so it may not name "
        "secrets of this machine");
  g_free (place);
}

/* What a caller says may stand in the path and behind it, not in the host. */
static void
check_address (Check * c, JsonObject * object, const gchar * key,
    const gchar * pointer)
{
  const gchar *url = string_member (object, key);
  gchar *place = g_strdup_printf ("%s/%s", pointer, key), *host;
  const gchar *start = url ? strstr (url, "://") : NULL;
  gsize length = start ? strcspn (start + 3, "/?#") : 0;

  if (start) {
    host = g_strndup (start + 3, length);
    if (strpbrk (host, "{}$") || length == 0)
      complain (c, place, "the host must be written as it is");
    else if (strpbrk (url, " \t\\\"<>"))
      complain (c, place, "is no address: it has a character that must be "
          "escaped");
    g_free (host);
  }
  g_free (place);
}

/* A second try is safe only where the service knows the key. */
static void
check_retry (Check * c, JsonObject * object, const gchar * pointer)
{
  gboolean reads = g_strcmp0 (string_member (object, "access"), "read") == 0;
  gboolean has_key = json_object_get_boolean_member_with_default (object,
      "idempotency", TRUE);
  gboolean asks = json_object_has_member (object, "status-url");
  gchar *place = g_strconcat (pointer, asks ? "/status-url" : "/retry", NULL);

  if (reads && asks)
    complain (c, place, "only a tool that writes has this");
  else if (!reads && !has_key && (asks || number_member (object, "retry",
              0) > 0))
    complain (c, place, "a write is tried again only with its key: leave "
        "\"idempotency\" out");
  g_free (place);
}

static void
check_unique (Check * c, JsonArray * tools, guint index, const gchar * pointer)
{
  JsonNode *node = json_array_get_element (tools, index);
  const gchar *name = string_member (json_node_get_object (node), "name");
  gchar *place = g_strconcat (pointer, "/name", NULL);

  for (guint i = 0; name && i < index; i++) {
    JsonNode *other = json_array_get_element (tools, i);

    if (JSON_NODE_HOLDS_OBJECT (other) && g_strcmp0 (string_member
            (json_node_get_object (other), "name"), name) == 0) {
      complain (c, place, "a second tool is called \"%s\"", name);
      break;
    }
  }
  g_free (place);
}

static GstVoicePersonaTool *
read_tool (JsonObject * object, GstVoiceToolKind kind, GstVoiceSchema * schema)
{
  GstVoicePersonaTool *tool = g_new0 (GstVoicePersonaTool, 1);

  tool->name = string_member (object, "name");
  tool->description = string_member (object, "description");
  tool->parameters = json_object_get_member (object, "parameters");
  tool->schema = schema;
  tool->kind = kind;
  tool->access = g_strcmp0 (string_member (object, "access"), "read") == 0 ?
      GST_VOICE_TOOL_READ : GST_VOICE_TOOL_WRITE;
  tool->timeout = number_member (object, "timeout", -1);
  tool->filler = string_member (object, "filler");
  if (!tool->filler && json_object_has_member (object, "filler"))
    tool->filler = "";
  tool->filler_after = number_member (object, "filler-after", -1);
  tool->result = json_object_get_member (object, "result");
  tool->delay = number_member (object, "delay", 0);
  tool->url = string_member (object, "url");
  tool->method = string_member (object, "method");
  if (kind == GST_VOICE_TOOL_HTTP && !tool->method)
    tool->method = "POST";
  tool->headers = object_member (object, "headers");
  tool->idempotency = kind == GST_VOICE_TOOL_HTTP
      && json_object_get_boolean_member_with_default (object, "idempotency",
      TRUE);
  tool->retry = number_member (object, "retry", -1);
  tool->status_url = string_member (object, "status-url");
  tool->sign = object_member (object, "sign");
  return tool;
}

static void
check_tool (Check * c, JsonArray * tools, guint index)
{
  JsonNode *node = json_array_get_element (tools, index);
  JsonObject *object;
  const gchar *word;
  gchar *pointer, *parameters;
  guint kind = 0;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return;
  object = json_node_get_object (node);
  word = string_member (object, "kind");
  while (kind < G_N_ELEMENTS (kinds) && g_strcmp0 (kinds[kind], word) != 0)
    kind++;
  if (kind == G_N_ELEMENTS (kinds))
    return;
  pointer = g_strdup_printf ("/tools/%u", index);
  parameters = g_strconcat (pointer, "/parameters", NULL);
  check_unique (c, tools, index, pointer);
  check_kind (c, object, kind, pointer);
  if (kind == GST_VOICE_TOOL_BUILTIN)
    check_builtin (c, object, pointer);
  else
    check_arguments (c, object, pointer);
  check_headers (c, object, pointer);
  check_signature (c, object, pointer);
  check_address (c, object, "url", pointer);
  check_address (c, object, "status-url", pointer);
  if (kind == GST_VOICE_TOOL_HTTP)
    check_retry (c, object, pointer);
  g_ptr_array_add (c->tools, read_tool (object, kind, compile_inner (c,
              object, "parameters", parameters)));
  g_free (parameters);
  g_free (pointer);
}

static void
check_tools (Check * c)
{
  JsonNode *node = json_object_get_member (c->root, "tools");
  JsonArray *tools = node && JSON_NODE_HOLDS_ARRAY (node) ?
      json_node_get_array (node) : NULL;

  for (guint i = 0; tools && i < json_array_get_length (tools); i++)
    check_tool (c, tools, i);
}

/* The shape, which gives the root if it is an object. */
static gboolean
check_shape (Check * c, GstVoiceSchema * schema, JsonNode * root)
{
  GPtrArray *problems;

  gst_voice_schema_validate (schema, root, &problems);
  complain_all (c, "", problems);
  g_clear_pointer (&problems, g_ptr_array_unref);
  if (!JSON_NODE_HOLDS_OBJECT (root))
    return FALSE;
  gst_voice_schema_fill_defaults (schema, root);
  c->root = json_node_get_object (root);
  return TRUE;
}

static void
check_root (Check * c, JsonNode * root)
{
  if (!check_shape (c, persona_schema (), root))
    return;
  check_time_zone (c);
  find_pipeline (c);
  take_file (c, c->root, "system-prompt", "/system-prompt");
  complete_welcome (c);
  check_tools (c);
  check_values (c);
  check_variables (c);
  check_report (c, "summary");
  check_report (c, "evaluation");
  check_delivery (c);
}

static void
check_root_of_tools (Check * c, JsonNode * root)
{
  if (check_shape (c, tools_schema (), root))
    check_tools (c);
}

static gint
compare_lines (gconstpointer a, gconstpointer b)
{
  const Problem *x = a, *y = b;

  return x->line < y->line ? -1 : x->line > y->line;
}

static GstVoicePersona *
read_with (void (*check) (Check * c, JsonNode * root), Check * c,
    GPtrArray * problems)
{
  GError *error = NULL;
  JsonNode *root = gst_voice_json_parse (c->text, c->length, PERSONA_SIZE,
      GST_VOICE_JSON_MAX_DEPTH, &error);
  GstVoicePersona *persona = NULL;

  if (!root) {
    g_ptr_array_add (problems, g_strdup_printf ("%s:%s", c->origin,
            error->message));
    g_error_free (error);
    return NULL;
  }
  c->problems = g_array_new (FALSE, FALSE, sizeof (Problem));
  g_array_set_clear_func (c->problems, problem_clear);
  c->tools = g_ptr_array_new_with_free_func (tool_free);
  check (c, root);
  g_array_sort (c->problems, compare_lines);
  for (guint i = 0; i < c->problems->len; i++)
    g_ptr_array_add (problems, g_strdup (g_array_index (c->problems, Problem,
                i).text));
  if (c->problems->len == 0) {
    persona = g_atomic_rc_box_new0 (GstVoicePersona);
    persona->root = json_node_ref (root);
    persona->pipeline = g_steal_pointer (&c->pipeline);
    persona->tools = g_ptr_array_ref (c->tools);
  }
  g_array_unref (c->problems);
  g_ptr_array_unref (c->tools);
  g_free (c->pipeline);
  json_node_unref (root);
  return persona;
}

/* Appends what is wrong to @problems, as `origin:line: /key: message`.
 * Returns: (transfer full) (nullable): the persona, %NULL if anything is. */
GstVoicePersona *
persona_read (const gchar * text, gsize length, const gchar * origin,
    const gchar * base_dir, GPtrArray * problems)
{
  Check c = { text, length, origin, base_dir };

  return read_with (check_root, &c, problems);
}

/* The same for the tools alone, on the same lines. */
GstVoicePersona *
persona_read_tools (const gchar * text, gsize length, const gchar * origin,
    const gchar * base_dir, GPtrArray * problems)
{
  GString *whole = g_string_new ("{\"tools\":");
  Check c = { NULL, 0, origin, base_dir };
  GstVoicePersona *persona;

  g_string_append_len (whole, text, length);
  g_string_append_c (whole, '}');
  c.text = whole->str;
  c.length = whole->len;
  persona = read_with (check_root_of_tools, &c, problems);
  g_string_free (whole, TRUE);
  return persona;
}
