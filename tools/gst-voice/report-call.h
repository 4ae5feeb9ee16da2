/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "record-text.h"

gchar *report_call_to_text (const Record * record, const TextStyle * style);
gchar *report_call_to_json (const Record * record);
