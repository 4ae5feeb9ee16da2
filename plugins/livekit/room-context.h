/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "agent-state.h"
#include "room-settings.h"

#include <gst-voice/session.h>

/* A participant of a room that elements share: `livekitsrc` and `livekitsink`
 * of a pipeline are one. Whichever has a `url` says where; the other finds it
 * by the GstContext of this type, whose structure has the one field `room`. */
#define ROOM_CONTEXT "gst.voice.livekit.room"

#define GST_TYPE_VOICE_LIVEKIT_ROOM (gst_voice_livekit_room_get_type ())
G_DECLARE_FINAL_TYPE (GstVoiceLivekitRoom, gst_voice_livekit_room, GST,
    VOICE_LIVEKIT_ROOM, GObject)

typedef GstVoiceLivekitRoom RoomContext;

RoomContext *room_context_obtain (GstElement * element,
    const RoomSettings * settings, GstVoiceSession * session);
LivekitClient *room_context_start (RoomContext * self, GError ** error);
void room_context_stop (RoomContext * self);

/* That the answer has changed: only takes note, and takes no lock that the
 * source may wait for. */
typedef void (*RoomAnsweredFunc) (gpointer data, gboolean answered);
void room_context_watch (RoomContext * self, RoomAnsweredFunc func,
    gpointer data);
void room_context_set_followed (RoomContext * self, const gchar * identity,
    const gchar * track, gboolean answered);
gchar *room_context_get_followed (RoomContext * self, gchar ** track);
void room_context_show_agent (RoomContext * self);
void room_context_sign (RoomContext * self, AgentSign sign);
