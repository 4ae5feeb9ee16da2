/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/json.h>

/**
 * LivekitGrants:
 * @identity: (nullable): who the token is for; a worker needs none
 * @name: (nullable): what people see
 * @metadata: (nullable): text of the participant
 * @kind: (nullable): `agent`, `sip`, …; %NULL is `standard`
 * @attributes: (nullable): of the participant, strings
 * @room: (nullable): the room that the grants are for
 * @room_join: may join @room; needs @identity and @room
 * @room_admin: may ask the server's APIs about @room
 * @agent: may register a worker, or is an agent in the room
 * @update_own_metadata: may change its own name, metadata and attributes
 *
 * What a token allows, and to whom.
 */
typedef struct
{
  const gchar *identity;
  const gchar *name;
  const gchar *metadata;
  const gchar *kind;
  GHashTable *attributes;
  const gchar *room;
  gboolean room_join;
  gboolean room_admin;
  gboolean agent;
  gboolean update_own_metadata;
} LivekitGrants;

gchar *livekit_jwt_make (const gchar * key, const gchar * secret,
    const LivekitGrants * grants, gint64 now, gint64 ttl, GError ** error);
JsonNode *livekit_jwt_read (const gchar * token, const gchar * secret,
    gint64 now, GError ** error);
gboolean livekit_jwt_get_expiry (const gchar * token, gint64 * expiry);
