/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record.h"

void record_apply (Record * record, const JournalLine * line);
