package org.ccl4j.core;

import org.ccl4j.api.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The stream that a communicator brings along, opened when somebody asks for it. It is a child of
 * the communicator and not of the device, and it is watched for no leak: the communicator is.
 */
final class OwnStream {
  private static final int NORMAL_PRIORITY = 0;

  private final DeviceImpl device;
  private final CommunicatorHandle communicator;
  private volatile @Nullable StreamImpl stream;

  OwnStream(DeviceImpl device, CommunicatorHandle communicator) {
    this.device = device;
    this.communicator = communicator;
  }

  Stream get() {
    if (communicator.hasEnded()) {
      throw communicator.unusable(Operation.STREAM);
    }
    StreamImpl made = stream;
    return made != null ? made : open();
  }

  /** One thread opens it; what it waits for never waits for this object. */
  private synchronized Stream open() {
    if (!communicator.tryHold()) {
      throw communicator.unusable(Operation.STREAM);
    }
    try {
      StreamImpl made = stream;
      if (made == null) {
        StreamHandle opened = StreamHandle.open(device.handle(), NORMAL_PRIORITY, communicator);
        communicator.adopt(opened, Operation.STREAM.text);
        made = new StreamImpl(device, opened);
        stream = made;
      }
      return made;
    } finally {
      communicator.unhold();
    }
  }
}
