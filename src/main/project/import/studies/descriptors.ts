/**
 * Words that descriptions of studies and series are made of: anatomy, sequences, planes, contrast, reconstruction, makers of devices. What is not
 * here may be a name, and goes (PS3.15, E.3.5: clean descriptors). German, French, Spanish and Italian words are those that scanners write.
 */
const WORDS = new Set(
  `
abd abdomen abdominal adc adrenal angio angiography ankle anat anatomical aorta aortic appendix arch arm arterial artery asl ax axial axiale
basal baseline belly bilateral bladder blade blood bolus bone bowel brain breast breath bronchus bw
c calf calcium calvaria cap cardiac care carotid cavum ce ces cerebral cerebellum cervical cervix chest chin cine circle clavicle coil cor
coronal coronar coronary contrast corr corrected cow cranial cranium craniospinal ct cta ctp cube cuff csp csf cuello
de deep delayed derived diag diagnostic diff diffusion disc dixon dose dual duodenum dti dw dwi dynamic
ear elbow endometrium enhanced epi equilibrium esophagus excretory exp expiration ext eye
face facial fat fast fatsat fe female femur femoral fibula fiesta filtered fine finger first fl flair flash flow fluid fmri foot forearm fov fs fse
full function functional fup followup
gad gadolinium gallbladder gantry gd ge gre gradient grappa groin
hand haste hard he head heart helical hepatic hepatobiliary hip hires hr hrct hx humerus
iac iliac image images inplane in inner insp inspiration inv inversion ir iso isotropic iv ivim
jaw joint
kernel kidney knee kub
l large larynx lateral lat left leg leber lesion lip liver lms loc localizer localiser low lower lumbar lung lunge lungs ls lspine lymph
mag magnitude male mammo mammography mandible map mask mast maxilla mean medial mediastinum medium meninges meso mip minip mobi mono motion mp
mpr mprage mr mra mri mrcp mrv mtc multi muscle musculoskeletal myelo
nasal nativ native nc neck nephro nerve nm non nonenhanced nose
ob obl oblique ocular op orbit orbits oral out outer ovary
p pa pancreas paranasal parallel pat pat2 patella pc pd pdw pe pelvis pelvic perf perfusion pet petct phase phases pharynx pituitary placenta plain
pleura pns portal post posterior pre pro prone proset prostate proton ps psif ptx pulmonary
quant quick
r radial radius ratio raw recon reconstruction rectum reformat reformatted registered renal respiratory rest resting rib ribs right rot routine rt
sag sagittal sacrum saline sacroiliac scan scapula scout screening se sella sequence series sense shoulder shim si siemens sin single sinus sinuses skull
slab slice slices small smooth soft spair spc space spgr spin spine spiral spleen standard standing star stack sternum stir stomach stone subtraction
sub supine susceptibility sural swan swi sw
t t1 t1w t2 t2w t2star tac tdm te temporal tensor test testis tfe tfl thick thigh thin thoracic thorax throat thumb thyroid ti tibia time tissue tmj toe tof
tomo tongue topogram torax tr trace tracew trachea trans transverse transversal trauma tri trufi true tse tumor tumour turbo
ua ue ulna uncorrected unenhanced upper ureter urethra urinary urogram us uterus
vein venous vent vertebra vessel vessels vibe view volume voxel vr vol
wb wbc water weighted whole wholebody window wo with without wrist w wi
x xa xr xray zoom
schädel kopf hals wirbelsäule becken knie leber niere lunge herz hirn thorax schulter hand hüfte
crâne cou foie rein poumon coeur cerveau genou hanche épaule
cráneo cabeza cuello hígado riñón pulmón corazón cerebro rodilla cadera hombro columna pelvis
cranio testa collo fegato rene polmone cuore cervello ginocchio anca spalla colonna bacino
philips ge medical systems healthineers toshiba canon hitachi fujifilm fuji united imaging neusoft agfa carestream hologic bruker esaote samsung mindray
shimadzu varian elekta lab laboratories healthcare
`
    .trim()
    .split(/\s+/),
);

/** Numbers with a unit, sequence names with a number, and short plain numbers: a thickness, an echo, a b-value. */
const MEASURE =
  /^(\d{1,3}([.,]\d{1,3})?(mm|cm|ms|s|mg|ml|kv|t|d|x|deg|%)|b\d{1,4}|t[12]\*?w?|[23]d|\d{1,2}|[bhjuqit]r?\d{2}[a-z])$/i;

/** What is left of a free text once every word that may be identity is out; numbers of more than two digits go, but for measures. */
export function cleanDescription(text: string): string {
  return text
    .normalize('NFC')
    .split(/[\s_/\\,;:|+()[\]{}<>^=&-]+/)
    .filter((word) => word !== '' && (WORDS.has(word.toLowerCase()) || MEASURE.test(word)))
    .join(' ');
}

const HEAD =
  /head|brain|skull|cranial|cranium|cerebr|\bface\b|facial|orbit|sinus|kopf|schädel|hirn|crâne|cerveau|cabeza|cráneo|testa|cranio|脑|颅|头/i;
const T1_LIKE = /mprage|\bflair\b|\bmp2rage\b|spgr|bravo|spm152|\bt1w\b/i;

/** Whether texts of a header or a file's name speak of a head: from such a scan a face can be rebuilt. */
export const speaksOfHead = (texts: readonly string[]): boolean => {
  const all = texts.join(' ').replaceAll('_', ' ');
  return HEAD.test(all) || T1_LIKE.test(all);
};
