/* SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Where a room is and who we are there, as properties. Secrets are kept as
 * they were given and can only be read if they are references (`env:`,
 * `file:`); they are resolved at the moment of joining.
 *
 * Threads: any; the owner's lock guards the values. Locks: none.
 */
#include "room-settings.h"

#include "jwt.h"

#include <gst-voice/error.h>
#include <gst-voice/secret.h>
#include <string.h>

#define TOKEN_LIFE (60 * 60)    /* seconds; the server renews it */

static const struct
{
  const gchar *name, *nick, *blurb;
  gsize offset;
} texts[] = {
  {"url", "URL", "Of the LiveKit server (ws:, wss:, http: or https:). One of "
        "the two elements of a room needs it",
      G_STRUCT_OFFSET (RoomSettings, url)},
  {"token", "Token", "Access token: env:NAME, file:PATH or the token itself, "
        "which then cannot be read back",
      G_STRUCT_OFFSET (RoomSettings, token)},
  {"api-key", "API key", "With api-secret, in place of a token: one is made "
        "for room and identity",
      G_STRUCT_OFFSET (RoomSettings, api_key)},
  {"api-secret", "API secret", "env:NAME, file:PATH or the secret itself, "
        "which then cannot be read back",
      G_STRUCT_OFFSET (RoomSettings, api_secret)},
  {"room", "Room", "To join, if there is no token",
      G_STRUCT_OFFSET (RoomSettings, room)},
  {"identity", "Identity", "Ours, if there is no token; a random one if empty",
      G_STRUCT_OFFSET (RoomSettings, identity)},
  {"participant-name", "Name", "Ours, as people see it, if there is no token",
      G_STRUCT_OFFSET (RoomSettings, name)},
  {"ca-file", "CA file", "Authorities to trust, PEM, in place of the system's",
      G_STRUCT_OFFSET (RoomSettings, ca_file)},
  {"local-address", "Local address", "The only one to use for media",
      G_STRUCT_OFFSET (RoomSettings, local_address)},
};

G_STATIC_ASSERT (G_N_ELEMENTS (texts) == ROOM_PROP_RELAY);

/**
 * room_settings_install:
 * @klass: of an element
 * @first: number of its property %ROOM_PROP_URL; the others follow
 */
void
room_settings_install (GObjectClass * klass, guint first)
{
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
      | GST_PARAM_MUTABLE_READY;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_object_class_install_property (klass, first + i,
        g_param_spec_string (texts[i].name, texts[i].nick, texts[i].blurb,
            NULL, flags));
  g_object_class_install_property (klass, first + ROOM_PROP_RELAY,
      g_param_spec_boolean ("relay", "Relay",
          "Whether media only go through the server's TURN", FALSE, flags));
  g_object_class_install_property (klass, first + ROOM_PROP_MIN_PORT,
      g_param_spec_uint ("min-port", "Least port",
          "Least UDP port for media; 0: any", 0, 65535, 0, flags));
  g_object_class_install_property (klass, first + ROOM_PROP_MAX_PORT,
      g_param_spec_uint ("max-port", "Greatest port",
          "Greatest UDP port for media; 0: any", 0, 65535, 0, flags));
}

static gchar **
text_of (const RoomSettings * settings, guint prop)
{
  return (gchar **) ((gchar *) settings + texts[prop].offset);
}

/* An empty text is none. */
static gchar *
dup_text (const GValue * value)
{
  const gchar *text = g_value_get_string (value);

  return text && *text ? g_strdup (text) : NULL;
}

/**
 * room_settings_set:
 * @settings: to be changed
 * @prop: %ROOM_PROP_URL and so on
 * @value: of the property
 */
void
room_settings_set (RoomSettings * settings, guint prop, const GValue * value)
{
  switch (prop) {
    case ROOM_PROP_RELAY:
      settings->relay = g_value_get_boolean (value);
      break;
    case ROOM_PROP_MIN_PORT:
      settings->min_port = g_value_get_uint (value);
      break;
    case ROOM_PROP_MAX_PORT:
      settings->max_port = g_value_get_uint (value);
      break;
    default:
      gst_voice_secret_free (*text_of (settings, prop));
      *text_of (settings, prop) = dup_text (value);
      break;
  }
}

static gboolean
is_reference (const gchar * secret)
{
  return secret && (g_str_has_prefix (secret, "env:")
      || g_str_has_prefix (secret, "file:"));
}

/**
 * room_settings_get:
 * @settings: to be read
 * @prop: %ROOM_PROP_URL and so on
 * @value: (out): of the property; none of a secret that is no reference
 */
void
room_settings_get (const RoomSettings * settings, guint prop, GValue * value)
{
  const gchar *text;

  switch (prop) {
    case ROOM_PROP_RELAY:
      g_value_set_boolean (value, settings->relay);
      break;
    case ROOM_PROP_MIN_PORT:
      g_value_set_uint (value, settings->min_port);
      break;
    case ROOM_PROP_MAX_PORT:
      g_value_set_uint (value, settings->max_port);
      break;
    case ROOM_PROP_TOKEN:
    case ROOM_PROP_API_SECRET:
      text = *text_of (settings, prop);
      g_value_set_string (value, is_reference (text) ? text : NULL);
      break;
    default:
      g_value_set_string (value, *text_of (settings, prop));
      break;
  }
}

/**
 * room_settings_copy:
 * @settings: to be copied
 * @copy: (out): to be cleared with room_settings_clear()
 */
void
room_settings_copy (const RoomSettings * settings, RoomSettings * copy)
{
  *copy = *settings;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *text_of (copy, i) = g_strdup (*text_of (settings, i));
}

/**
 * room_settings_clear:
 * @settings: what is to be freed
 */
void
room_settings_clear (RoomSettings * settings)
{
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_clear_pointer (text_of (settings, i), gst_voice_secret_free);
}

/**
 * room_settings_equal:
 * @a: settings
 * @b: others
 *
 * Returns: whether both are the same participant of the same room
 */
gboolean
room_settings_equal (const RoomSettings * a, const RoomSettings * b)
{
  for (guint i = 0; i < ROOM_PROP_CA_FILE; i++) {
    if (g_strcmp0 (*text_of (a, i), *text_of (b, i)) != 0)
      return FALSE;
  }
  return TRUE;
}

static gchar *
make_token (const RoomSettings * settings, GError ** error)
{
  gchar *random = g_strdup_printf ("agent-%08x", g_random_int ());
  LivekitGrants grants = {
    .identity = settings->identity ? settings->identity : random,
    .name = settings->name,
    .kind = "agent",
    .room = settings->room,
    .room_join = TRUE,
    .agent = TRUE,
    .update_own_metadata = TRUE,
  };
  gchar *secret = gst_voice_secret_resolve (settings->api_secret, error);
  gchar *token = NULL;

  if (secret)
    token = livekit_jwt_make (settings->api_key, secret, &grants,
        g_get_real_time () / G_USEC_PER_SEC, TOKEN_LIFE, error);
  gst_voice_secret_free (secret);
  g_free (random);
  return token;
}

/**
 * room_settings_resolve:
 * @settings: as they were given
 * @out: (out): for livekit_client_join(); borrows from @settings but for the
 *   token, which is to be freed with gst_voice_secret_free()
 * @error: what is missing
 *
 * Returns: whether a room can be joined with them
 */
gboolean
room_settings_resolve (const RoomSettings * settings,
    LivekitClientSettings * out, GError ** error)
{
  memset (out, 0, sizeof *out);
  out->url = settings->url;
  out->ca_file = settings->ca_file;
  out->relay_only = settings->relay;
  out->min_port = settings->min_port;
  out->max_port = settings->max_port;
  out->local_address = settings->local_address;
  if (settings->min_port > 0 && settings->max_port > 0
      && settings->min_port > settings->max_port) {
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_BAD_REQUEST,
        "min-port is greater than max-port");
    return FALSE;
  }
  if (settings->token)
    out->token = gst_voice_secret_resolve (settings->token, error);
  else if (settings->api_key && settings->api_secret && settings->room)
    out->token = make_token (settings, error);
  else
    g_set_error (error, GST_VOICE_ERROR, GST_VOICE_ERROR_AUTH,
        "no token: set token, or api-key, api-secret and room");
  return out->token != NULL;
}
