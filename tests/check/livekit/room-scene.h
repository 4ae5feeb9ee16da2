/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <room-core.h>

/* A room with signals made by hand; what it does is written as words. */
LivekitSignal *room_scene_join (const gchar * sid, const gchar * other);
LivekitSignal *room_scene_signal (LivekitSignalType type);
LivekitSignal *room_scene_leave (LivekitAction action, LivekitReason reason,
    const gchar * url);
LivekitSignal *room_scene_update (const gchar * sid, const gchar * identity,
    guint version, LivekitState state, const gchar * track, gboolean muted);
LivekitSignal *room_scene_description (LivekitSignalType type, guint32 id);
LivekitSignal *room_scene_published (const gchar * cid, const gchar * sid);
LivekitSignal *room_scene_response (const gchar * cid,
    LivekitResponseReason reason);
LivekitSignal *room_scene_mute (const gchar * sid, gboolean muted);
void room_scene_tell (const RoomAction * action, GString * out);
