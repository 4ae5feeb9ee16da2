/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst-voice/session.h>

/* The variables of a call that the other side has given. */
typedef struct _ParticipantVariables ParticipantVariables;

ParticipantVariables *participant_variables_new (void);
void participant_variables_free (ParticipantVariables * variables);

void participant_variables_take (ParticipantVariables * variables,
    GstVoiceSession * session, GstElement * element,
    const GstStructure * participant);
