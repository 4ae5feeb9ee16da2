/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * What is known of the other side becomes variables of the call. It comes from
 * outside, so it is bounded, and it changes nothing that the application, the
 * persona or a tool has set.
 *
 * Threads: the streaming thread. Locks: none.
 */
#include "participant-variables.h"

#include <gst-voice/events.h>
#include <gst-voice/json.h>
#include <string.h>

#define MAX_VARIABLES 64
#define MAX_NAME 64
#define MAX_VALUE 4096
#define MAX_ATTRIBUTES (256 * 1024)

struct _ParticipantVariables
{
  GHashTable *given;            /* name → the value that it was given */
};

ParticipantVariables *
participant_variables_new (void)
{
  ParticipantVariables *self = g_new0 (ParticipantVariables, 1);

  self->given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
participant_variables_free (ParticipantVariables * self)
{
  g_hash_table_unref (self->given);
  g_free (self);
}

/* What the call knows by itself. The persona's variables are the session's. */
static gboolean
is_fixed (const gchar * name)
{
  static const gchar *const fixed[] = { "now", "date", "time", "weekday",
    "time_zone", "caller", "called", "call_id", "persona", NULL
  };

  return g_strv_contains (fixed, name);
}

/* Whether it is ours to set, and is another value. */
static gboolean
may_set (ParticipantVariables * self, GstVoiceSession * session,
    const gchar * name, const gchar * value)
{
  const gchar *given = g_hash_table_lookup (self->given, name);
  gchar *current = gst_voice_session_get_variable (session, name);
  gboolean ours = !current || g_strcmp0 (current, given) == 0;
  gboolean may = ours && g_strcmp0 (current, value) != 0
      && (given || g_hash_table_size (self->given) < MAX_VARIABLES)
      && strlen (value) <= MAX_VALUE && g_utf8_validate (value, -1, NULL)
      && !is_fixed (name);

  g_free (current);
  return may;
}

static void
set (ParticipantVariables * self, GstVoiceSession * session,
    GstElement * element, const gchar * name, const gchar * value)
{
  if (!may_set (self, session, name, value))
    return;
  g_hash_table_replace (self->given, g_strdup (name), g_strdup (value));
  gst_voice_session_set_variable (session, element, name, value);
}

/* (transfer full) (nullable): a name that `{{…}}` can hold: `sip_phoneNumber`
 * for `sip.phoneNumber`. */
static gchar *
name_of (const gchar * attribute)
{
  gchar *name;

  if (!*attribute || strlen (attribute) >= MAX_NAME)
    return NULL;
  name = g_strdup_printf ("%s%s", g_ascii_isdigit (*attribute) ? "_" : "",
      attribute);
  for (gchar * p = name; *p; p++) {
    if (!g_ascii_isalnum (*p))
      *p = '_';
  }
  return name;
}

static void
set_attributes (ParticipantVariables * self, GstVoiceSession * session,
    GstElement * element, const gchar * json)
{
  JsonNode *node = *json ? gst_voice_json_parse (json, -1, MAX_ATTRIBUTES,
      GST_VOICE_JSON_MAX_DEPTH, NULL) : NULL;
  JsonObjectIter iter;
  const gchar *attribute;
  JsonNode *value;
  gchar *name;

  if (node && JSON_NODE_HOLDS_OBJECT (node)) {
    json_object_iter_init_ordered (&iter, json_node_get_object (node));
    while (json_object_iter_next_ordered (&iter, &attribute, &value)) {
      name = name_of (attribute);
      if (name && json_node_get_value_type (value) == G_TYPE_STRING)
        set (self, session, element, name, json_node_get_string (value));
      g_free (name);
    }
  }
  g_clear_pointer (&node, json_node_unref);
}

/* A `voice/participant`. One who has left stays in the variables. */
void
participant_variables_take (ParticipantVariables * self,
    GstVoiceSession * session, GstElement * element,
    const GstStructure * participant)
{
  static const gchar *const fields[] = { "identity", "name", "kind" };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    gchar *name = g_strconcat ("participant_", fields[i], NULL);

    set (self, session, element, name, gst_voice_structure_string (participant,
            fields[i]));
    g_free (name);
  }
  set_attributes (self, session, element, gst_voice_structure_string
      (participant, "attributes"));
}
