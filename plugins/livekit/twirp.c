/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Requests to LiveKit's server APIs and what their answers say. Answers are
 * JSON with snake_case names; an error is an object with `code` and `msg`, or
 * plain text where the token was refused before the API was reached.
 *
 * Threads: any. Locks: none.
 */
#include "twirp.h"

#include "signalling-url.h"

#include <gst-voice/error.h>
#include <gst-voice/json.h>
#include <string.h>

#define SOCKET_END "/agent?protocol=1"
#define MAX_PARTICIPANTS 10000
#define MAX_DISPATCHES 1000
#define MAX_ID 256
#define MAX_CODE 64

/**
 * livekit_twirp_url:
 * @server: URL of the server, with ws, wss, http or https
 * @method: service and method, such as %LIVEKIT_TWIRP_CREATE_DISPATCH
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: (transfer full) (nullable): where to POST the request
 */
gchar *
livekit_twirp_url (const gchar * server, const gchar * method, GError ** error)
{
  gchar *socket = livekit_worker_url (server, error), *url;

  if (!socket)
    return NULL;
  socket[strlen (socket) - strlen (SOCKET_END)] = '\0';
  /* ws becomes http, and wss https. */
  url = g_strdup_printf ("http%s/twirp/livekit.%s", socket + strlen ("ws"),
      method);
  g_free (socket);
  return url;
}

static void
append_member (GString * out, const gchar * name, const gchar * value)
{
  if (!value || !*value)
    return;
  g_string_append_printf (out, "%s\"%s\":", out->len > 1 ? "," : "", name);
  gst_voice_json_append_string (out, value);
}

static void
append_attributes (GString * out, GHashTable * attributes)
{
  GList *keys = g_hash_table_get_keys (attributes);
  const gchar *separator = "";

  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  g_string_append (out, ",\"attributes\":{");
  for (GList * k = keys; k; k = k->next) {
    g_string_append (out, separator);
    gst_voice_json_append_string (out, k->data);
    g_string_append_c (out, ':');
    gst_voice_json_append_string (out,
        g_hash_table_lookup (attributes, k->data));
    separator = ",";
  }
  g_string_append_c (out, '}');
  g_list_free (keys);
}

/**
 * livekit_twirp_create_dispatch:
 * @dispatch: what to ask for
 *
 * Returns: (transfer full): the body of %LIVEKIT_TWIRP_CREATE_DISPATCH
 */
gchar *
livekit_twirp_create_dispatch (const LivekitDispatch * dispatch)
{
  GString *out = g_string_new ("{");

  append_member (out, "room", dispatch->room);
  append_member (out, "agent_name", dispatch->agent_name);
  append_member (out, "metadata", dispatch->metadata);
  if (dispatch->attributes && g_hash_table_size (dispatch->attributes) > 0)
    append_attributes (out, dispatch->attributes);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

/**
 * livekit_twirp_list_participants:
 * @room: whose participants
 *
 * Returns: (transfer full): the body of %LIVEKIT_TWIRP_LIST_PARTICIPANTS
 */
gchar *
livekit_twirp_list_participants (const gchar * room)
{
  GString *out = g_string_new ("{");

  append_member (out, "room", room);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

/**
 * livekit_twirp_name_dispatch:
 * @room: where it is
 * @id: of a dispatch
 *
 * Returns: (transfer full): the body of %LIVEKIT_TWIRP_LIST_DISPATCH and
 *   %LIVEKIT_TWIRP_DELETE_DISPATCH
 */
gchar *
livekit_twirp_name_dispatch (const gchar * room, const gchar * id)
{
  GString *out = g_string_new ("{");

  append_member (out, "dispatch_id", id);
  append_member (out, "room", room);
  g_string_append_c (out, '}');
  return g_string_free (out, FALSE);
}

static JsonNode *
parse (const gchar * body, gssize size, GError ** error)
{
  JsonNode *node = gst_voice_json_parse (body, size, LIVEKIT_TWIRP_MAX_ANSWER,
      GST_VOICE_JSON_MAX_DEPTH, NULL);

  if (node && JSON_NODE_HOLDS_OBJECT (node))
    return node;
  g_clear_pointer (&node, json_node_unref);
  g_set_error_literal (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
      "the answer of LiveKit's API is not a JSON object");
  return NULL;
}

static const gchar *
get_text (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_VALUE (node)
      && json_node_get_value_type (node) == G_TYPE_STRING ?
      json_node_get_string (node) : "";
}

/**
 * livekit_twirp_read_dispatch:
 * @body: answer to %LIVEKIT_TWIRP_CREATE_DISPATCH
 * @size: its bytes, or -1
 * @id: (out) (transfer full): of the new dispatch
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: whether there is a new dispatch
 */
gboolean
livekit_twirp_read_dispatch (const gchar * body, gssize size, gchar ** id,
    GError ** error)
{
  JsonNode *node = parse (body, size, error);
  const gchar *text;

  *id = NULL;
  if (!node)
    return FALSE;
  text = get_text (json_node_get_object (node), "id");
  if (*text && strlen (text) <= MAX_ID)
    *id = g_strdup (text);
  else
    g_set_error_literal (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_RESPONSE,
        "the answer of LiveKit's API names no dispatch");
  json_node_unref (node);
  return *id != NULL;
}

/* An array's members, none if it is none. */
static JsonArray *
get_array (JsonObject * object, const gchar * name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) :
      NULL;
}

static JsonObject *
get_object (JsonArray * array, guint index)
{
  JsonNode *node = json_array_get_element (array, index);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/* A job is there when a worker has accepted it. */
static gboolean
has_jobs (JsonObject * dispatch)
{
  JsonNode *state = json_object_get_member (dispatch, "state");
  JsonArray *jobs = state && JSON_NODE_HOLDS_OBJECT (state) ?
      get_array (json_node_get_object (state), "jobs") : NULL;

  return jobs && json_array_get_length (jobs) > 0;
}

/**
 * livekit_twirp_find_dispatch:
 * @body: answer to %LIVEKIT_TWIRP_LIST_DISPATCH
 * @size: its bytes, or -1
 * @id: of the dispatch
 * @state: (out): what is known of it
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: whether the answer could be read
 */
gboolean
livekit_twirp_find_dispatch (const gchar * body, gssize size,
    const gchar * id, LivekitDispatchState * state, GError ** error)
{
  JsonNode *node = parse (body, size, error);
  JsonArray *array;

  *state = LIVEKIT_DISPATCH_UNKNOWN;
  if (!node)
    return FALSE;
  array = get_array (json_node_get_object (node), "agent_dispatches");
  for (guint i = 0; array && i < MIN (json_array_get_length (array),
          MAX_DISPATCHES); i++) {
    JsonObject *item = get_object (array, i);

    if (item && strcmp (get_text (item, "id"), id) == 0)
      *state = has_jobs (item) ? LIVEKIT_DISPATCH_TAKEN :
          LIVEKIT_DISPATCH_WAITING;
  }
  json_node_unref (node);
  return TRUE;
}

/* Agents and recorders wait for nobody. */
static gboolean
is_somebody (JsonObject * participant)
{
  static const gchar *const machines[] = { "AGENT", "EGRESS", NULL };

  return !g_strv_contains (machines, get_text (participant, "kind"))
      && strcmp (get_text (participant, "state"), "DISCONNECTED") != 0;
}

/**
 * livekit_twirp_count_people:
 * @body: answer to %LIVEKIT_TWIRP_LIST_PARTICIPANTS
 * @size: its bytes, or -1
 * @people: (out): how many are there for whom an agent would be of use
 * @error: in the domain %GST_VOICE_ERROR
 *
 * Returns: whether the answer could be read
 */
gboolean
livekit_twirp_count_people (const gchar * body, gssize size, guint * people,
    GError ** error)
{
  JsonNode *node = parse (body, size, error);
  JsonArray *array;

  *people = 0;
  if (!node)
    return FALSE;
  array = get_array (json_node_get_object (node), "participants");
  for (guint i = 0; array && i < MIN (json_array_get_length (array),
          MAX_PARTICIPANTS); i++) {
    JsonObject *item = get_object (array, i);

    if (item)
      *people += is_somebody (item);
  }
  json_node_unref (node);
  return TRUE;
}

static gchar *
get_code (const gchar * body)
{
  JsonNode *node = body ? parse (body, -1, NULL) : NULL;
  gchar *code = g_strndup (node ? get_text (json_node_get_object (node),
          "code") : "", MAX_CODE);

  g_clear_pointer (&node, json_node_unref);
  return g_strcanon (code, G_CSET_a_2_z "_", '?');
}

/**
 * livekit_twirp_refusal:
 * @status: the HTTP status
 * @body: (nullable): what came with it
 *
 * Returns: (transfer full): what it means, in the domain %GST_VOICE_ERROR
 */
GError *
livekit_twirp_refusal (guint status, const gchar * body)
{
  gchar *code = get_code (body);
  GError *error;

  /* Refused before the API: a text as at the sockets. */
  if (!*code || status == 401)
    error = livekit_signal_refusal (status, body);
  else
    error = g_error_new (GST_VOICE_ERROR,
        gst_voice_error_from_http_status (status),
        "LiveKit's API refused (%u, %s)", status, code);
  g_free (code);
  return error;
}
