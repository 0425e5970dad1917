/* Written by ad/train/train.py. */
#pragma once

/* A larger mean squared error of the reconstruction is an anomaly. */
#define AD_THRESHOLD 0.012424f
