import type { LabelKind, SplitCounts } from '@shared/domain';

export interface OfficialSet {
  readonly title: string;
  readonly kind: LabelKind;
  readonly classes: readonly string[];
  readonly splits: SplitCounts;
  readonly channels: 1 | 3;
  readonly dimensions: '2d' | '3d';
  /** The class that AUC, sensitivity and PPV should refer to, of two; null where there are more. */
  readonly positive: number | null;
}

const set = (
  title: string,
  shape: '2d grey' | '2d colour' | '3d',
  counts: readonly [number, number, number],
  classes: readonly string[],
  more: { kind?: LabelKind; positive?: number } = {},
): OfficialSet => ({
  title,
  kind: more.kind ?? 'single',
  classes,
  splits: { train: counts[0], val: counts[1], test: counts[2] },
  channels: shape === '2d colour' ? 3 : 1,
  dimensions: shape === '3d' ? '3d' : '2d',
  positive: classes.length === 2 && more.kind !== 'answers' ? (more.positive ?? 1) : null,
});

const ORGANS_2D = [
  'bladder',
  'femur-left',
  'femur-right',
  'heart',
  'kidney-left',
  'kidney-right',
  'liver',
  'lung-left',
  'lung-right',
  'pancreas',
  'spleen',
];

/**
 * Official class names and sizes of the MedMNIST v2 sets (Yang et al., Scientific Data 2023; `medmnist/info.py` 3.0).
 */
export const MEDMNIST: Readonly<Record<string, OfficialSet>> = {
  pathmnist: set(
    'PathMNIST',
    '2d colour',
    [89996, 10004, 7180],
    [
      'adipose',
      'background',
      'debris',
      'lymphocytes',
      'mucus',
      'smooth muscle',
      'normal colon mucosa',
      'cancer-associated stroma',
      'colorectal adenocarcinoma epithelium',
    ],
  ),
  chestmnist: set(
    'ChestMNIST',
    '2d grey',
    [78468, 11219, 22433],
    [
      'atelectasis',
      'cardiomegaly',
      'effusion',
      'infiltration',
      'mass',
      'nodule',
      'pneumonia',
      'pneumothorax',
      'consolidation',
      'edema',
      'emphysema',
      'fibrosis',
      'pleural',
      'hernia',
    ],
    { kind: 'answers' },
  ),
  dermamnist: set(
    'DermaMNIST',
    '2d colour',
    [7007, 1003, 2005],
    [
      'actinic keratoses and intraepithelial carcinoma',
      'basal cell carcinoma',
      'benign keratosis-like lesions',
      'dermatofibroma',
      'melanoma',
      'melanocytic nevi',
      'vascular lesions',
    ],
  ),
  octmnist: set(
    'OCTMNIST',
    '2d grey',
    [97477, 10832, 1000],
    ['choroidal neovascularization', 'diabetic macular edema', 'drusen', 'normal'],
  ),
  pneumoniamnist: set('PneumoniaMNIST', '2d grey', [4708, 524, 624], ['normal', 'pneumonia']),
  retinamnist: set('RetinaMNIST', '2d colour', [1080, 120, 400], ['0', '1', '2', '3', '4'], { kind: 'ordered' }),
  breastmnist: set('BreastMNIST', '2d grey', [546, 78, 156], ['malignant', 'normal, benign'], { positive: 0 }),
  bloodmnist: set(
    'BloodMNIST',
    '2d colour',
    [11959, 1712, 3421],
    [
      'basophil',
      'eosinophil',
      'erythroblast',
      'immature granulocytes(myelocytes, metamyelocytes and promyelocytes)',
      'lymphocyte',
      'monocyte',
      'neutrophil',
      'platelet',
    ],
  ),
  tissuemnist: set(
    'TissueMNIST',
    '2d grey',
    [165466, 23640, 47280],
    [
      'Collecting Duct, Connecting Tubule',
      'Distal Convoluted Tubule',
      'Glomerular endothelial cells',
      'Interstitial endothelial cells',
      'Leukocytes',
      'Podocytes',
      'Proximal Tubule Segments',
      'Thick Ascending Limb',
    ],
  ),
  organamnist: set('OrganAMNIST', '2d grey', [34561, 6491, 17778], ORGANS_2D),
  organcmnist: set('OrganCMNIST', '2d grey', [12975, 2392, 8216], ORGANS_2D),
  organsmnist: set('OrganSMNIST', '2d grey', [13932, 2452, 8827], ORGANS_2D),
  organmnist3d: set(
    'OrganMNIST3D',
    '3d',
    [971, 161, 610],
    [
      'liver',
      'kidney-right',
      'kidney-left',
      'femur-right',
      'femur-left',
      'bladder',
      'heart',
      'lung-right',
      'lung-left',
      'spleen',
      'pancreas',
    ],
  ),
  nodulemnist3d: set('NoduleMNIST3D', '3d', [1158, 165, 310], ['benign', 'malignant']),
  adrenalmnist3d: set('AdrenalMNIST3D', '3d', [1188, 98, 298], ['normal', 'hyperplasia']),
  fracturemnist3d: set(
    'FractureMNIST3D',
    '3d',
    [1027, 103, 240],
    ['buckle rib fracture', 'nondisplaced rib fracture', 'displaced rib fracture'],
  ),
  vesselmnist3d: set('VesselMNIST3D', '3d', [1335, 191, 382], ['vessel', 'aneurysm']),
  synapsemnist3d: set('SynapseMNIST3D', '3d', [1230, 177, 352], ['inhibitory synapse', 'excitatory synapse']),
};

/** Short names where the first word would not do: for keys and cells. */
export const SHORT_NAMES: Readonly<Record<string, string>> = { 'normal, benign': 'benign' };

export interface Seen {
  readonly fileName: string;
  readonly splits: SplitCounts | null;
  readonly channels: number;
  readonly dimensions: '2d' | '3d';
}

/** The official set that a file is, by its name (`breastmnist.npz`, `breastmnist_224.npz`) or, renamed, by the size of its splits; shape must fit. */
export function officialSet({ fileName, splits, channels, dimensions }: Seen): OfficialSet | null {
  const name = /^([a-z]+mnist(?:3d)?)(?:_\d+)?\.npz$/.exec(fileName.toLowerCase())?.[1];
  const sameSize = (s: OfficialSet): boolean =>
    splits !== null && s.splits.train === splits.train && s.splits.val === splits.val && s.splits.test === splits.test;
  const fits = (s: OfficialSet): boolean => s.channels === channels && s.dimensions === dimensions;
  const named = name !== undefined && Object.hasOwn(MEDMNIST, name) ? MEDMNIST[name]! : null;
  if (named && fits(named)) return named;
  return Object.values(MEDMNIST).find((s) => fits(s) && sameSize(s)) ?? null;
}
