/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The project is compiled with hidden visibility; this exports. */
#define GST_VOICE_API __attribute__ ((visibility ("default"))) extern
