/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The server's APIs (Twirp, JSON over HTTP), as far as a worker needs them:
 * what to ask, and what an answer says. Who sends it is elsewhere. */

#define LIVEKIT_TWIRP_MAX_ANSWER (1024 * 1024)

/**
 * LivekitDispatch:
 * @room: the room that is to get an agent
 * @agent_name: (nullable): which; %NULL or empty is the one without a name
 * @metadata: (nullable): of the job
 * @attributes: (nullable): of the job, strings
 */
typedef struct
{
  const gchar *room;
  const gchar *agent_name;
  const gchar *metadata;
  GHashTable *attributes;
} LivekitDispatch;

/* What is known of a dispatch. */
typedef enum
{
  LIVEKIT_DISPATCH_UNKNOWN,     /* there is none of that id */
  LIVEKIT_DISPATCH_WAITING,     /* no worker has taken it */
  LIVEKIT_DISPATCH_TAKEN,
} LivekitDispatchState;

gchar *livekit_twirp_url (const gchar * server, const gchar * method,
    GError ** error);
gchar *livekit_twirp_create_dispatch (const LivekitDispatch * dispatch);
gchar *livekit_twirp_list_participants (const gchar * room);
gchar *livekit_twirp_name_dispatch (const gchar * room, const gchar * id);
gboolean livekit_twirp_read_dispatch (const gchar * body, gssize size,
    gchar ** id, GError ** error);
gboolean livekit_twirp_find_dispatch (const gchar * body, gssize size,
    const gchar * id, LivekitDispatchState * state, GError ** error);
gboolean livekit_twirp_count_people (const gchar * body, gssize size,
    guint * people, GError ** error);
GError *livekit_twirp_refusal (guint status, const gchar * body);

#define LIVEKIT_TWIRP_CREATE_DISPATCH "AgentDispatchService/CreateDispatch"
#define LIVEKIT_TWIRP_DELETE_DISPATCH "AgentDispatchService/DeleteDispatch"
#define LIVEKIT_TWIRP_LIST_DISPATCH "AgentDispatchService/ListDispatch"
#define LIVEKIT_TWIRP_LIST_PARTICIPANTS "RoomService/ListParticipants"
