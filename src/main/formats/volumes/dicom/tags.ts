/** A data element that we read: its number (group × 65536 + element) and its value representation where a file does not state one. */
export interface Tag {
  readonly id: number;
  readonly vr: string;
}

const tag = (id: number, vr: string): Tag => ({ id, vr });

export const TransferSyntaxUid = tag(0x00020010, 'UI');
export const ReferencedFileId = tag(0x00041500, 'CS');
export const DirectoryRecords = tag(0x00041220, 'SQ');

export const CharacterSet = tag(0x00080005, 'CS');
export const ImageType = tag(0x00080008, 'CS');
export const SopClassUid = tag(0x00080016, 'UI');
export const SopInstanceUid = tag(0x00080018, 'UI');
export const StudyTime = tag(0x00080030, 'TM');
export const AccessionNumber = tag(0x00080050, 'SH');
export const ReferringPhysician = tag(0x00080090, 'PN');
export const PatientName = tag(0x00100010, 'PN');
export const PatientId = tag(0x00100020, 'LO');
export const PatientBirthDate = tag(0x00100030, 'DA');
export const PatientSex = tag(0x00100040, 'CS');
export const StudyId = tag(0x00200010, 'SH');
export const PositionReference = tag(0x00201040, 'LO');
export const StudyDate = tag(0x00080020, 'DA');
export const AcquisitionDate = tag(0x00080022, 'DA');
export const AcquisitionDateTime = tag(0x0008002a, 'DT');
export const SeriesTime = tag(0x00080031, 'TM');
export const AcquisitionTime = tag(0x00080032, 'TM');
export const Modality = tag(0x00080060, 'CS');
export const Manufacturer = tag(0x00080070, 'LO');
export const StudyDescription = tag(0x00081030, 'LO');
export const SeriesDescription = tag(0x0008103e, 'LO');
export const ManufacturerModel = tag(0x00081090, 'LO');
export const FrameType = tag(0x00089007, 'CS');
export const ComplexComponent = tag(0x00089208, 'CS');

export const IssuerOfPatientId = tag(0x00100021, 'LO');
export const PatientAge = tag(0x00101010, 'AS');
export const PatientSize = tag(0x00101020, 'DS');
export const PatientWeight = tag(0x00101030, 'DS');

export const BodyPart = tag(0x00180015, 'CS');
export const SliceThickness = tag(0x00180050, 'DS');
export const EchoTime = tag(0x00180081, 'DS');
export const EchoNumbers = tag(0x00180086, 'IS');
export const FieldStrength = tag(0x00180087, 'DS');
export const SpacingBetweenSlices = tag(0x00180088, 'DS');
export const ProtocolName = tag(0x00181030, 'LO');
export const TriggerTime = tag(0x00181060, 'DS');
export const DrugStartTime = tag(0x00181072, 'TM');
export const RadionuclideDose = tag(0x00181074, 'DS');
export const HalfLife = tag(0x00181075, 'DS');
export const DrugStartDateTime = tag(0x00181078, 'DT');
export const ImagerPixelSpacing = tag(0x00181164, 'DS');
export const NominalPixelSpacing = tag(0x00182010, 'DS');
export const UltrasoundRegions = tag(0x00186011, 'SQ');
export const RegionSpatialFormat = tag(0x00186012, 'US');
export const RegionUnitsX = tag(0x00186024, 'US');
export const RegionUnitsY = tag(0x00186026, 'US');
export const RegionDeltaX = tag(0x0018602c, 'FD');
export const RegionDeltaY = tag(0x0018602e, 'FD');
export const EffectiveEchoTime = tag(0x00189082, 'FD');
export const BValue = tag(0x00189087, 'FD');
export const GradientDirection = tag(0x00189089, 'FD');
export const DiffusionSequence = tag(0x00189117, 'SQ');
export const GradientDirectionSequence = tag(0x00189076, 'SQ');
export const EchoSequence = tag(0x00189114, 'SQ');
export const MrFrameTypeSequence = tag(0x00189226, 'SQ');
export const CtFrameTypeSequence = tag(0x00189329, 'SQ');
export const PetFrameTypeSequence = tag(0x00189751, 'SQ');
export const CardiacSequence = tag(0x00189118, 'SQ');
export const TriggerDelay = tag(0x00209153, 'FD');

export const StudyUid = tag(0x0020000d, 'UI');
export const SeriesUid = tag(0x0020000e, 'UI');
export const SeriesNumber = tag(0x00200011, 'IS');
export const AcquisitionNumber = tag(0x00200012, 'IS');
export const InstanceNumber = tag(0x00200013, 'IS');
export const ImagePosition = tag(0x00200032, 'DS');
export const ImageOrientation = tag(0x00200037, 'DS');
export const FrameOfReference = tag(0x00200052, 'UI');
export const Laterality = tag(0x00200060, 'CS');
export const ImageLaterality = tag(0x00200062, 'CS');
export const TemporalPosition = tag(0x00200100, 'IS');
export const StackId = tag(0x00209056, 'SH');
export const FrameLaterality = tag(0x00209072, 'CS');
export const FrameContentSequence = tag(0x00209111, 'SQ');
export const FrameAnatomySequence = tag(0x00209071, 'SQ');
export const PlanePositionSequence = tag(0x00209113, 'SQ');
export const PlaneOrientationSequence = tag(0x00209116, 'SQ');
export const TemporalPositionIndex = tag(0x00209128, 'UL');
export const FrameAcquisitionDateTime = tag(0x00189074, 'DT');

export const CorrectedImage = tag(0x00280051, 'CS');
export const SamplesPerPixel = tag(0x00280002, 'US');
export const PhotometricInterpretation = tag(0x00280004, 'CS');
export const PlanarConfiguration = tag(0x00280006, 'US');
export const NumberOfFrames = tag(0x00280008, 'IS');
export const Rows = tag(0x00280010, 'US');
export const Columns = tag(0x00280011, 'US');
export const PixelSpacing = tag(0x00280030, 'DS');
export const BitsAllocated = tag(0x00280100, 'US');
export const BitsStored = tag(0x00280101, 'US');
export const HighBit = tag(0x00280102, 'US');
export const PixelRepresentation = tag(0x00280103, 'US');
export const PixelPadding = tag(0x00280120, 'US');
export const PixelPaddingLimit = tag(0x00280121, 'US');
export const BurnedIn = tag(0x00280301, 'CS');
export const SpacingCalibration = tag(0x00280a02, 'CS');
export const WindowCenter = tag(0x00281050, 'DS');
export const WindowWidth = tag(0x00281051, 'DS');
export const RescaleIntercept = tag(0x00281052, 'DS');
export const RescaleSlope = tag(0x00281053, 'DS');
export const RescaleType = tag(0x00281054, 'LO');
export const WindowExplanation = tag(0x00281055, 'LO');
export const VoiFunction = tag(0x00281056, 'CS');
export const PaletteRed = tag(0x00281101, 'US');
export const PaletteRedData = tag(0x00281201, 'OW');
export const LossyCompression = tag(0x00282110, 'CS');
export const LossyRatio = tag(0x00282112, 'DS');
export const ModalityLutSequence = tag(0x00283000, 'SQ');
export const LutDescriptor = tag(0x00283002, 'US');
export const LutExplanation = tag(0x00283003, 'LO');
export const ModalityLutType = tag(0x00283004, 'LO');
export const LutData = tag(0x00283006, 'OW');
export const VoiLutSequence = tag(0x00283010, 'SQ');
export const PixelMeasuresSequence = tag(0x00289110, 'SQ');
export const FrameVoiLutSequence = tag(0x00289132, 'SQ');
export const PixelValueSequence = tag(0x00289145, 'SQ');

export const Radiopharmaceutical = tag(0x00540016, 'SQ');
export const DetectorSequence = tag(0x00540022, 'SQ');
export const PetUnits = tag(0x00541001, 'CS');
export const DecayCorrection = tag(0x00541102, 'CS');
export const SegmentationType = tag(0x00620001, 'CS');
export const SegmentSequence = tag(0x00620002, 'SQ');
export const SegmentNumber = tag(0x00620004, 'US');
export const SegmentLabel = tag(0x00620005, 'LO');
export const SegmentColour = tag(0x0062000d, 'US');
export const SegmentIdentification = tag(0x0062000a, 'SQ');
export const ReferencedSegment = tag(0x0062000b, 'US');

export const DoseUnits = tag(0x30040002, 'CS');
export const FrameOffsets = tag(0x3004000c, 'DS');
export const DoseScaling = tag(0x3004000e, 'DS');

export const SharedGroups = tag(0x52009229, 'SQ');
export const FrameGroups = tag(0x52009230, 'SQ');

/** Of the first overlay; others have the same elements in groups 6002 to 601E. */
export const OverlayRows = tag(0x60000010, 'US');
export const OverlayColumns = tag(0x60000011, 'US');
export const OverlayFrames = tag(0x60000015, 'IS');
export const OverlayDescription = tag(0x60000022, 'LO');
export const OverlayOrigin = tag(0x60000050, 'SS');
export const OverlayFirstFrame = tag(0x60000051, 'US');
export const OverlayBits = tag(0x60000100, 'US');
export const OverlayBit = tag(0x60000102, 'US');
export const OverlayLabel = tag(0x60001500, 'LO');
export const OverlayData = tag(0x60003000, 'OW');

export const FLOAT_PIXELS = 0x7fe00008;
export const DOUBLE_PIXELS = 0x7fe00009;
export const PIXELS = 0x7fe00010;

/** Private blocks: the element that names their owner, and the one that holds the b-value. */
export const PRIVATE_B_VALUES = [
  { owner: tag(0x00190010, 'LO'), value: tag(0x0019100c, 'IS') },
  { owner: tag(0x00430010, 'LO'), value: tag(0x00431039, 'IS') },
  { owner: tag(0x20010010, 'LO'), value: tag(0x20011003, 'FL') },
] as const;
export const SiemensOwner = tag(0x00290010, 'LO');
export const SiemensImageHeader = tag(0x00291010, 'OB');
export const SiemensMosaicOwner = tag(0x00190010, 'LO');
export const SiemensMosaicCount = tag(0x0019100a, 'US');
export const EXTENDED_OFFSETS = 0x7fe00001;
