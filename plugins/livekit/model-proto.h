/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model.h"

#include <livekit_models.pb-c.h>

/* For those who translate messages. What is %NULL in a message becomes an
 * empty value. */
LivekitTrack *livekit_track_from_proto (const Livekit__TrackInfo * info);
void livekit_track_to_proto (const LivekitTrack * track,
    Livekit__TrackInfo * info);
LivekitParticipant *livekit_participant_from_proto (const
    Livekit__ParticipantInfo * info);
GPtrArray *livekit_participants_from_proto (gsize n,
    Livekit__ParticipantInfo ** list);
LivekitRoom *livekit_room_from_proto (const Livekit__Room * info);
