/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "client.h"

#include <gst/gst.h>

/* Where a room is and who we are there: properties that both elements have. */
typedef struct
{
  gchar *url, *token, *api_key, *api_secret;
  gchar *room, *identity, *name, *ca_file, *local_address;
  gboolean relay;
  guint min_port, max_port;
} RoomSettings;

enum
{
  ROOM_PROP_URL,
  ROOM_PROP_TOKEN,
  ROOM_PROP_API_KEY,
  ROOM_PROP_API_SECRET,
  ROOM_PROP_ROOM,
  ROOM_PROP_IDENTITY,
  ROOM_PROP_NAME,
  ROOM_PROP_CA_FILE,
  ROOM_PROP_LOCAL_ADDRESS,
  ROOM_PROP_RELAY,
  ROOM_PROP_MIN_PORT,
  ROOM_PROP_MAX_PORT,
  ROOM_N_PROPS
};

void room_settings_install (GObjectClass * klass, guint first);
void room_settings_set (RoomSettings * settings, guint prop,
    const GValue * value);
void room_settings_get (const RoomSettings * settings, guint prop,
    GValue * value);
void room_settings_copy (const RoomSettings * settings, RoomSettings * copy);
void room_settings_clear (RoomSettings * settings);
gboolean room_settings_equal (const RoomSettings * a, const RoomSettings * b);
gboolean room_settings_resolve (const RoomSettings * settings,
    LivekitClientSettings * out, GError ** error);
