/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * launch LINE: plays a launch line until its stdin or the line ends, and tells
 * every element message as a line of JSON, {"event": "voice/…", …}; besides
 * "playing", "error", "warning" and "eos". `NAME PROPERTY VALUE` on stdin sets
 * a property. In the place of gst-launch-1.0, which has no sanitizers.
 *
 * Threads: one, and those of the pipeline.
 */
#include <gio/gio.h>
#include <glib-unix.h>
#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  GstElement *pipeline;
  GMainLoop *loop;
  gboolean failed;
} Launch;

static gboolean
add_field (GQuark field, const GValue * value, gpointer data)
{
  JsonObject *object = data;
  const gchar *name = g_quark_to_string (field);
  gchar *text;

  if (G_VALUE_HOLDS_STRING (value)) {
    json_object_set_string_member (object, name, g_value_get_string (value));
  } else if (G_VALUE_HOLDS_BOOLEAN (value)) {
    json_object_set_boolean_member (object, name, g_value_get_boolean (value));
  } else if (G_VALUE_HOLDS_INT (value)) {
    json_object_set_int_member (object, name, g_value_get_int (value));
  } else if (G_VALUE_HOLDS_UINT (value)) {
    json_object_set_int_member (object, name, g_value_get_uint (value));
  } else if (G_VALUE_HOLDS_UINT64 (value)) {
    json_object_set_int_member (object, name, g_value_get_uint64 (value));
  } else if (G_VALUE_HOLDS_DOUBLE (value)) {
    json_object_set_double_member (object, name, g_value_get_double (value));
  } else if ((text = gst_value_serialize (value))) {
    json_object_set_string_member (object, name, text);
    g_free (text);
  }
  return TRUE;
}

static void
tell (const gchar * event, const gchar * element,
    const GstStructure * structure, const gchar * text)
{
  JsonObject *object = json_object_new ();
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  gchar *line;

  if (structure)
    gst_structure_foreach (structure, add_field, object);
  json_object_set_string_member (object, "event", event);
  if (element)
    json_object_set_string_member (object, "element", element);
  if (text)
    json_object_set_string_member (object, "text", text);
  json_node_take_object (node, object);
  line = json_to_string (node, FALSE);
  puts (line);
  fflush (stdout);
  g_free (line);
  json_node_unref (node);
}

static void
tell_error (Launch * self, GstMessage * message)
{
  gboolean fatal = GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR;
  const GstStructure *details = NULL;
  GError *error = NULL;

  if (fatal) {
    gst_message_parse_error (message, &error, NULL);
    gst_message_parse_error_details (message, &details);
  } else {
    gst_message_parse_warning (message, &error, NULL);
    gst_message_parse_warning_details (message, &details);
  }
  tell (fatal ? "error" : "warning", GST_OBJECT_NAME (message->src), details,
      error->message);
  g_error_free (error);
  if (fatal) {
    self->failed = TRUE;
    g_main_loop_quit (self->loop);
  }
}

static gboolean
on_message (GstBus * bus, GstMessage * message, gpointer data)
{
  Launch *self = data;
  const gchar *element = message->src ? GST_OBJECT_NAME (message->src) : NULL;
  const GstStructure *structure = gst_message_get_structure (message);
  GstState state;

  switch (GST_MESSAGE_TYPE (message)) {
    case GST_MESSAGE_ELEMENT:
      tell (gst_structure_get_name (structure), element, structure, NULL);
      break;
    case GST_MESSAGE_ERROR:
    case GST_MESSAGE_WARNING:
      tell_error (self, message);
      break;
    case GST_MESSAGE_EOS:
      tell ("eos", element, NULL, NULL);
      g_main_loop_quit (self->loop);
      break;
    case GST_MESSAGE_STATE_CHANGED:
      gst_message_parse_state_changed (message, NULL, &state, NULL);
      if (message->src == GST_OBJECT (self->pipeline)
          && state == GST_STATE_PLAYING)
        tell ("playing", NULL, NULL, NULL);
      break;
    default:
      break;
  }
  return G_SOURCE_CONTINUE;
}

static void
set (Launch * self, const gchar * line)
{
  gchar **words = g_strsplit (line, " ", 3);
  GstElement *element = g_strv_length (words) == 3 ?
      gst_bin_get_by_name (GST_BIN (self->pipeline), words[0]) : NULL;

  if (element) {
    gst_util_set_object_arg (G_OBJECT (element), words[1], words[2]);
    gst_object_unref (element);
  } else {
    g_printerr ("launch: nothing is set by '%s'\n", line);
  }
  g_strfreev (words);
}

static gboolean
on_line (gint fd, GIOCondition condition, gpointer data)
{
  Launch *self = data;
  gchar line[1024];

  if (!fgets (line, sizeof line, stdin)) {
    g_main_loop_quit (self->loop);
    return G_SOURCE_REMOVE;
  }
  set (self, g_strchomp (line));
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  Launch self = { 0 };
  GError *error = NULL;
  GstBus *bus;
  guint watch, input;

  gst_init (&argc, &argv);
  if (argc != 2)
    return 2;
  self.pipeline = gst_parse_launch_full (argv[1], NULL,
      GST_PARSE_FLAG_FATAL_ERRORS, &error);
  if (!self.pipeline) {
    tell ("error", NULL, NULL, error->message);
    g_error_free (error);
    gst_deinit ();
    return 1;
  }
  setvbuf (stdin, NULL, _IONBF, 0);
  self.loop = g_main_loop_new (NULL, FALSE);
  bus = gst_element_get_bus (self.pipeline);
  watch = gst_bus_add_watch (bus, on_message, &self);
  input = g_unix_fd_add (0, G_IO_IN | G_IO_HUP, on_line, &self);
  gst_element_set_state (self.pipeline, GST_STATE_PLAYING);
  g_main_loop_run (self.loop);
  gst_element_set_state (self.pipeline, GST_STATE_NULL);
  g_source_remove (watch);
  if (g_main_context_find_source_by_id (NULL, input))
    g_source_remove (input);
  gst_object_unref (bus);
  gst_object_unref (self.pipeline);
  g_main_loop_unref (self.loop);
  gst_deinit ();
  return self.failed;
}
