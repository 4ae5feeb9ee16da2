/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* What a call process tells the control process: one JSON object a message,
 * with `type` and, by type,
 *
 * playing      `persona` (its file), `journal` (the file): the pipeline plays
 * joined       `room`, `sid`, `identity`
 * room         `state`: reconnecting, reconnected, left; `reason`
 * participant  `identity`, `name`, `kind`, `change`
 * metrics      `turns`, `interruptions`, `lines` (of the journal), `tools`,
 *              `cost`, and of the last reply `latency`, `own` (s)
 * timing       what is known of the times of call-timing.h, each by its name, s
 * spoken       `wall`: when the agent was first heard, microseconds since 1970
 * network      `jitter`, `round_trip` (s); `loss` of the caller's packets and
 *              `sent_loss` of ours, 0 to 1; what is known of these
 * waiting      `seconds`: the call is over, but for so long a tool that writes
 *              may still run
 * fault        `text`, `fatal`
 * health       `note`: JSON for gst_voice_health_merge()
 * answer       `sdp`: to the order's offer
 * event        `line`: as in the journal, of any message; of orders with an
 *              offer only
 * dumped       `path`, or `text` if that failed
 * ended        `reason`, `lines`, `failed`: the last one
 */
#define CALL_REPORT_PLAYING "playing"
#define CALL_REPORT_JOINED "joined"
#define CALL_REPORT_ROOM "room"
#define CALL_REPORT_PARTICIPANT "participant"
#define CALL_REPORT_METRICS "metrics"
#define CALL_REPORT_TIMING "timing"
#define CALL_REPORT_SPOKEN "spoken"
#define CALL_REPORT_NETWORK "network"
#define CALL_REPORT_WAITING "waiting"
#define CALL_REPORT_FAULT "fault"
#define CALL_REPORT_HEALTH "health"
#define CALL_REPORT_ANSWER "answer"
#define CALL_REPORT_EVENT "event"
#define CALL_REPORT_DUMPED "dumped"
#define CALL_REPORT_ENDED "ended"
