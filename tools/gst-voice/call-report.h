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
 * fault        `text`, `fatal`
 * dumped       `path`, or `text` if that failed
 * ended        `reason`, `lines`, `failed`: the last one
 */
#define CALL_REPORT_PLAYING "playing"
#define CALL_REPORT_JOINED "joined"
#define CALL_REPORT_ROOM "room"
#define CALL_REPORT_PARTICIPANT "participant"
#define CALL_REPORT_METRICS "metrics"
#define CALL_REPORT_FAULT "fault"
#define CALL_REPORT_DUMPED "dumped"
#define CALL_REPORT_ENDED "ended"
